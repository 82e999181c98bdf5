//! Under which words a table and a column are found.

mod support;

use portcullis_schema::{Database, Naming, Serve, TableLookup};

fn database(text: &str, naming: Naming) -> Database {
    Database::build(&support::catalog(text), naming, &Serve::ALL)
}

fn found<'d>(database: &'d Database, word: &str) -> &'d str {
    match database.find(word) {
        TableLookup::Found(table) => &table.name,
        TableLookup::Unknown(_) => "-",
    }
}

#[test]
fn a_table_is_found_in_any_case_and_number() {
    let text = "
order_items
  id int key
people
  id int key
OrderDetail
  id int key
user_roles_m
  id int key
";
    for naming in [Naming::Table, Naming::Singular] {
        let database = database(text, naming);
        for word in ["order_items", "OrderItems", "orderitem", "ORDER_ITEM", "orderItems", "order_item"] {
            assert_eq!(found(&database, word), "order_items", "{word}");
        }
        for word in ["people", "Person", "PERSON", "person"] {
            assert_eq!(found(&database, word), "people", "{word}");
        }
        for word in ["OrderDetail", "order_details", "orderdetail"] {
            assert_eq!(found(&database, word), "OrderDetail", "{word}");
        }
        assert_eq!(found(&database, "UserRolesM"), "user_roles_m");
        assert_eq!(found(&database, "nothing"), "-");
    }
}

#[test]
fn an_exact_name_wins_and_an_ambiguous_one_finds_nothing() {
    let text = "
user
  id int key
users
  id int key
boxes
  id int key
box_es
  id int key
";
    let database = database(text, Naming::Table);
    assert_eq!(found(&database, "user"), "user");
    assert_eq!(found(&database, "User"), "user");
    assert_eq!(found(&database, "USERS"), "users");
    assert_eq!(found(&database, "boxes"), "boxes");
    assert_eq!(found(&database, "box_es"), "box_es");
    assert_eq!(found(&database, "BOXES"), "-");
}

#[test]
fn every_model_name_leads_to_its_own_table() {
    let text = "
Users
  id int key
order_items
  id int key
orderItems
  id int key
users
  id int key
User
  id int key
";
    for naming in [Naming::Table, Naming::Singular] {
        let database = database(text, naming);
        for table in database.tables() {
            assert_eq!(found(&database, &table.name), table.name);
            assert_eq!(found(&database, &table.model), table.name, "{naming:?}");
        }
    }
}

#[test]
fn the_two_namings_make_the_models_of_the_contract() {
    let text = "
api_keys
  id int key
user_quota
  id int key
user_roles_m
  id int key
2fa
  id int key
";
    let models = |naming| {
        let database = database(text, naming);
        database.tables().iter().map(|table| table.model.clone()).collect::<Vec<_>>()
    };
    assert_eq!(models(Naming::Table), ["ApiKeys", "UserQuota", "UserRolesM", "T2fa"]);
    assert_eq!(models(Naming::Singular), ["APIKey", "UserQuotum", "UserRolesM", "T2fa"]);
}

#[test]
fn tables_of_further_schemas_carry_it_in_front_where_the_name_is_taken() {
    let database = database(
        "
public.users
  id int key
sales.users
  id int key
sales.orders
  id int key
  user_id int ->users.id
",
        Naming::Table,
    );
    let names: Vec<_> = database.tables().iter().map(|table| table.name.as_str()).collect();
    assert_eq!(names, ["users", "sales_users", "orders"]);
    let orders = database.by_name("orders").unwrap();
    assert_eq!(database.table(orders.relations[0].target).name, "sales_users");
}

#[test]
fn sec_41_a_column_is_found_by_its_own_name_in_three_spellings_and_by_no_other_form() {
    let database = database(
        "
users
  id int key
  first_name text
  ab text
  a_b text
  A_B text
",
        Naming::Table,
    );
    let users = database.by_name("users").unwrap();
    for word in ["first_name", "FirstName", "firstName", "FIRST_NAME"] {
        assert_eq!(users.find_column(word).unwrap().name, "first_name", "{word}");
    }
    for word in ["ab", "a_b", "A_B"] {
        assert_eq!(users.find_column(word).unwrap().name, word);
    }
    for word in ["AB", "users.first_name", "\"first_name\"", "first_name::text", "first_name AS x", "first name", ""] {
        assert!(users.find_column(word).is_none(), "{word}");
    }
}
