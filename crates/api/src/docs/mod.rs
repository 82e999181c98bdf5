//! The page that shows a project's document: Swagger UI from inside the binary, with a page and a script of our own.
//!
//! Swagger UI's own page starts it by an inline script; ours does not, so that its policy needs none. All addresses
//! in it are relative: it works below any path.

use std::{borrow::Cow, sync::Arc};
use utoipa_swagger_ui::Config;

/// What the page may do: its own scripts and styles, requests to where it came from, nothing else.
///
/// Swagger UI draws its arrows as `data:` images.
pub const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
     img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// Files of Swagger UI that the page needs; the rest of its package is not served.
const FILES: [&str; 5] =
    ["swagger-ui-bundle.js", "swagger-ui.css", "index.css", "favicon-16x16.png", "favicon-32x32.png"];

/// A file of the page by its name below `swagger/`, with its media type; an empty name is the page itself.
pub fn asset(path: &str) -> Option<(Cow<'static, str>, Cow<'static, [u8]>)> {
    match path {
        "" | "index.html" => {
            Some(("text/html; charset=utf-8".into(), include_bytes!("page/index.html").as_slice().into()))
        }
        "swagger-initializer.js" => Some((
            "text/javascript; charset=utf-8".into(),
            include_bytes!("page/swagger-initializer.js").as_slice().into(),
        )),
        path if FILES.contains(&path) => {
            let file = utoipa_swagger_ui::serve(path, Arc::new(Config::from("../openapi.json"))).ok()??;
            Some((file.content_type.into(), file.bytes))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(path: &str) -> String {
        String::from_utf8(asset(path).unwrap().1.into_owned()).unwrap()
    }

    #[test]
    fn everything_the_page_names_is_there() {
        let page = text("index.html");
        let mut found = 0;
        for word in
            page.split(['"']).filter(|word| word.ends_with(".js") || word.ends_with(".css") || word.ends_with(".png"))
        {
            let (media, bytes) = asset(word).unwrap_or_else(|| panic!("{word} is missing"));
            assert!(!bytes.is_empty());
            assert!(media.starts_with("text/") || media == "image/png", "{word} is {media}");
            found += 1;
        }
        assert_eq!(found, 5);
        assert!(text("swagger-initializer.js").contains("../openapi.json"));
        assert_eq!(text(""), page);
    }

    #[test]
    fn the_page_needs_no_inline_script_and_nothing_from_elsewhere() {
        let page = text("index.html");
        for script in page.split("<script").skip(1) {
            assert!(script.trim_start().starts_with("src=\""), "an inline script: {script}");
        }
        assert!(!page.contains(" style=") && !page.contains(" onload=") && !page.contains("//"));
        assert!(!CONTENT_SECURITY_POLICY.contains("unsafe"));
    }

    #[test]
    fn nothing_else_of_the_package_is_served() {
        for path in ["swagger-ui.js", "oauth2-redirect.html", "../mod.rs", "page/index.html", "/index.html", "x"] {
            assert!(asset(path).is_none(), "{path}");
        }
    }
}
