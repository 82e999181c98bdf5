//! Words into names: singular and plural, Pascal and snake case, and the loose key under which spellings meet.

/// Initialisms that Go writes in capitals; `singular` model names follow them.
/// Source: the Go style guide's list as used by common linters.
const INITIALISMS: &[&str] = &[
    "acl", "api", "ascii", "cpu", "css", "dns", "eof", "guid", "html", "http", "https", "id", "ip", "json", "lhs",
    "qps", "ram", "rhs", "rpc", "sla", "smtp", "sql", "ssh", "tcp", "tls", "ttl", "udp", "ui", "uid", "uri", "url",
    "utf8", "uuid", "vm", "xml", "xmpp", "xsrf", "xss",
];

const IRREGULAR: &[(&str, &str)] = &[
    ("person", "people"),
    ("man", "men"),
    ("woman", "women"),
    ("child", "children"),
    ("mouse", "mice"),
    ("goose", "geese"),
    ("foot", "feet"),
    ("tooth", "teeth"),
    ("ox", "oxen"),
    ("datum", "data"),
    ("medium", "media"),
    ("quotum", "quota"),
    ("criterion", "criteria"),
    ("index", "indices"),
    ("matrix", "matrices"),
    ("vertex", "vertices"),
    ("analysis", "analyses"),
    ("crisis", "crises"),
    ("move", "moves"),
    ("movie", "movies"),
    ("cookie", "cookies"),
    ("calorie", "calories"),
    ("zombie", "zombies"),
    ("cache", "caches"),
    ("niche", "niches"),
    ("headache", "headaches"),
    ("avalanche", "avalanches"),
    ("axis", "axes"),
    ("menu", "menus"),
    ("guru", "gurus"),
    ("sku", "skus"),
    ("cpu", "cpus"),
    ("gpu", "gpus"),
    ("taxi", "taxis"),
    ("api", "apis"),
    ("uri", "uris"),
    ("wiki", "wikis"),
    ("emoji", "emojis"),
    ("half", "halves"),
    ("wolf", "wolves"),
    ("thief", "thieves"),
    ("loaf", "loaves"),
    ("canvas", "canvases"),
    ("atlas", "atlases"),
    ("bias", "biases"),
    ("echo", "echoes"),
    ("leaf", "leaves"),
    ("shelf", "shelves"),
    ("knife", "knives"),
    ("life", "lives"),
    ("wife", "wives"),
    ("hero", "heroes"),
    ("potato", "potatoes"),
    ("tomato", "tomatoes"),
    ("bus", "buses"),
    ("status", "statuses"),
    ("alias", "aliases"),
    ("virus", "viruses"),
    ("campus", "campuses"),
    ("bonus", "bonuses"),
    ("gas", "gases"),
    ("lens", "lenses"),
    ("quiz", "quizzes"),
];

const UNCOUNTABLE: &[&str] = &[
    "equipment",
    "information",
    "rice",
    "money",
    "species",
    "series",
    "fish",
    "sheep",
    "news",
    "metadata",
    "staff",
    "feedback",
    "software",
    "hardware",
    "weather",
    "traffic",
    "inventory_data",
    "police",
    "aircraft",
    "chaos",
    "sms",
    "gps",
    "dns",
    "https",
    "css",
    "aws",
    "os",
];

/// The key under which all spellings of a name meet: lower case, without `_`.
pub fn loose(name: &str) -> String {
    name.chars().filter(|c| *c != '_').flat_map(char::to_lowercase).collect()
}

/// The last word of a snake-case name with what stands before it: `order_items` gives (`order_`, `items`).
fn split_last(name: &str) -> (&str, &str) {
    match name.rfind(['_', ' ', '-']) {
        Some(at) => name.split_at(at + 1),
        None => {
            // CamelCase: the last word starts at the last capital that follows a lower-case letter.
            let mut cut = 0;
            let mut before = ' ';
            for (at, c) in name.char_indices() {
                if c.is_uppercase() && before.is_lowercase() {
                    cut = at;
                }
                before = c;
            }
            name.split_at(cut)
        }
    }
}

/// Gives `word` the capitals of `like`.
fn recase(word: &str, like: &str) -> String {
    if like.len() > 1 && like.chars().all(|c| !c.is_lowercase()) {
        return word.to_uppercase();
    }
    let mut chars = word.chars();
    match (chars.next(), like.chars().next()) {
        (Some(first), Some(model)) if model.is_uppercase() => first.to_uppercase().chain(chars).collect(),
        _ => word.to_owned(),
    }
}

/// The singular of a name, judged by its last word.
pub fn singular(name: &str) -> String {
    let (head, last) = split_last(name);
    let word = last.to_lowercase();
    let one = singular_word(&word);
    if one == word { name.to_owned() } else { format!("{head}{}", recase(&one, last)) }
}

fn singular_word(word: &str) -> String {
    if UNCOUNTABLE.contains(&word) || IRREGULAR.iter().any(|(one, _)| *one == word) {
        return word.to_owned();
    }
    if let Some((one, _)) = IRREGULAR.iter().find(|(_, many)| *many == word) {
        return (*one).to_owned();
    }
    let cut = |n: usize| word[..word.len() - n].to_owned();
    if word.len() < 3 || word.ends_with("ss") || word.ends_with("us") || word.ends_with("is") {
        word.to_owned()
    } else if word.ends_with("ies") && word.len() > 4 {
        cut(3) + "y"
    } else if ["sses", "shes", "ches", "xes", "zzes", "tzes"].iter().any(|end| word.ends_with(end)) {
        cut(2)
    } else if word.ends_with('s') {
        cut(1)
    } else {
        word.to_owned()
    }
}

/// The plural of a name, judged by its last word.
pub fn plural(name: &str) -> String {
    let (head, last) = split_last(name);
    let word = last.to_lowercase();
    let many = plural_word(&word);
    if many == word { name.to_owned() } else { format!("{head}{}", recase(&many, last)) }
}

fn plural_word(word: &str) -> String {
    if UNCOUNTABLE.contains(&word) || IRREGULAR.iter().any(|(_, many)| *many == word) {
        return word.to_owned();
    }
    if let Some((_, many)) = IRREGULAR.iter().find(|(one, _)| *one == word) {
        return (*many).to_owned();
    }
    // Already a plural: `orders` stays, `address` does not.
    if singular_word(word) != word {
        return word.to_owned();
    }
    let vowel_y = ["ay", "ey", "iy", "oy", "uy"].iter().any(|end| word.ends_with(end));
    if word.ends_with('y') && !vowel_y && word.len() > 1 {
        format!("{}ies", &word[..word.len() - 1])
    } else if ["s", "sh", "ch", "x", "z"].iter().any(|end| word.ends_with(end)) {
        format!("{word}es")
    } else {
        format!("{word}s")
    }
}

/// The words of a name: cut at anything that is neither letter nor digit, and where lower case meets upper case.
pub fn words(name: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut word = String::new();
    let chars: Vec<char> = name.chars().collect();
    for (at, &c) in chars.iter().enumerate() {
        if !c.is_alphanumeric() {
            if !word.is_empty() {
                words.push(std::mem::take(&mut word));
            }
            continue;
        }
        let before = at.checked_sub(1).and_then(|i| chars.get(i)).copied().unwrap_or(' ');
        let after = chars.get(at + 1).copied().unwrap_or(' ');
        let starts = c.is_uppercase() && (before.is_lowercase() || (before.is_uppercase() && after.is_lowercase()));
        if starts && !word.is_empty() {
            words.push(std::mem::take(&mut word));
        }
        word.push(c);
    }
    if !word.is_empty() {
        words.push(word);
    }
    words
}

/// `order_items` to `OrderItems`.
pub fn pascal(name: &str) -> String {
    words(name).iter().map(|word| capitalised(word)).collect()
}

/// `api_keys` to `APIKeys`: Pascal case with Go's initialisms.
pub fn go_pascal(name: &str) -> String {
    words(name)
        .iter()
        .map(|word| {
            let low = word.to_lowercase();
            if INITIALISMS.contains(&low.as_str()) { low.to_uppercase() } else { capitalised(word) }
        })
        .collect()
}

/// `OrderItems` to `order_items`.
pub fn snake(name: &str) -> String {
    words(name).iter().map(|word| word.to_lowercase()).collect::<Vec<_>>().join("_")
}

fn capitalised(word: &str) -> String {
    let shouting = word.len() > 1 && word.chars().all(|c| !c.is_lowercase());
    let mut chars = word.chars();
    match chars.next() {
        None => String::new(),
        Some(first) if shouting => first.to_uppercase().chain(chars.flat_map(char::to_lowercase)).collect(),
        Some(first) => first.to_uppercase().chain(chars).collect(),
    }
}

/// A foreign key column without its final `_id`, `Id` or `ID`, in snake case.
pub fn without_id(column: &str) -> String {
    let stem = column
        .strip_suffix("_id")
        .or_else(|| column.strip_suffix("Id"))
        .or_else(|| column.strip_suffix("_ID"))
        .or_else(|| column.strip_suffix("ID"))
        .filter(|stem| !stem.is_empty())
        .unwrap_or(column);
    let snake = snake(stem);
    if snake.is_empty() { stem.to_owned() } else { snake }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plurals_and_singulars_meet() {
        for (one, many) in [
            ("order", "orders"),
            ("order_item", "order_items"),
            ("category", "categories"),
            ("address", "addresses"),
            ("user_quotum", "user_quota"),
            ("person", "people"),
            ("box", "boxes"),
            ("bus", "buses"),
            ("Invoice", "Invoices"),
            ("MediaType", "MediaTypes"),
            ("day", "days"),
            ("status", "statuses"),
            ("size", "sizes"),
            ("quiz", "quizzes"),
            ("cache", "caches"),
            ("batch", "batches"),
            ("knowledge_base", "knowledge_bases"),
            ("canvas", "canvases"),
            ("menu", "menus"),
            ("sku", "skus"),
            ("API", "APIS"),
        ] {
            assert_eq!(plural(one), many, "plural of {one}");
            assert_eq!(singular(many), one, "singular of {many}");
            assert_eq!(plural(many), many, "{many} stays");
            assert_eq!(singular(one), one, "{one} stays");
        }
    }

    #[test]
    fn cases() {
        assert_eq!(pascal("order_items"), "OrderItems");
        assert_eq!(pascal("order details"), "OrderDetails");
        assert_eq!(pascal("InvoiceLine"), "InvoiceLine");
        assert_eq!(pascal("USERS"), "Users");
        assert_eq!(go_pascal("api_keys"), "APIKeys");
        assert_eq!(go_pascal("user_roles_m"), "UserRolesM");
        assert_eq!(snake("InvoiceLine"), "invoice_line");
        assert_eq!(snake("HTTPServer"), "http_server");
        assert_eq!(loose("First_Name"), loose("firstName"));
    }

    #[test]
    fn a_foreign_key_loses_its_id() {
        assert_eq!(without_id("customer_id"), "customer");
        assert_eq!(without_id("CustomerId"), "customer");
        assert_eq!(without_id("ReportsTo"), "reports_to");
        assert_eq!(without_id("id"), "id");
        assert_eq!(without_id("original_language_id"), "original_language");
    }
}
