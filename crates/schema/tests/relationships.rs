//! Which relationships foreign keys make, and what they are called. Source: the native contract, section 2.

mod support;

use portcullis_schema::{Database, Naming, RelationKind, Serve};

fn database(text: &str) -> Database {
    Database::build(&support::catalog(text), Naming::Table, &Serve::ALL)
}

/// `name jsonName kind target`, one per relationship of a table.
fn relations(database: &Database, table: &str) -> Vec<String> {
    let table = database.by_name(table).unwrap();
    let line = |relation: &portcullis_schema::Relation| {
        let target = &database.table(relation.target).name;
        format!("{} {} {} {target}", relation.name, relation.json_name, relation.kind.word())
    };
    table.relations.iter().map(line).collect()
}

#[test]
fn a_foreign_key_is_read_from_both_ends() {
    let database = database(
        "
users
  id int key
  users_parent_id int null ->users.id
orders
  id int key
  users_id int ->users.id
api_keys
  id int key
  user_id int ->users.id
user_roles_m
  id int key
  user_id int ->users.id
",
    );
    assert_eq!(relations(&database, "orders"), ["User user belongsTo users"]);
    assert_eq!(
        relations(&database, "users"),
        [
            "UsersParent users_parent belongsTo users",
            "Users users hasMany users",
            "Orders orders hasMany orders",
            "APIKeys api_keys hasMany api_keys",
            "UserRolesMs user_roles_ms hasMany user_roles_m",
        ]
    );
}

#[test]
fn two_foreign_keys_to_one_parent_leave_no_plain_name() {
    let database = database(
        "
languages
  id int key
films
  id int key
  language_id int ->languages.id
  original_language_id int null ->languages.id
",
    );
    assert_eq!(
        relations(&database, "languages"),
        [
            "FilmsByLanguage films_by_language hasMany films",
            "FilmsByOriginalLanguage films_by_original_language hasMany films",
        ]
    );
    assert_eq!(
        relations(&database, "films"),
        ["Language language belongsTo languages", "OriginalLanguage original_language belongsTo languages"]
    );
}

#[test]
fn camel_case_keys_of_an_old_database_make_readable_names() {
    let database = database(
        "
Employee
  EmployeeId int key
  ReportsTo int null ->Employee.EmployeeId
Customer
  CustomerId int key
  SupportRepId int null ->Employee.EmployeeId
Track
  TrackId int key
  MediaTypeId int ->MediaType.MediaTypeId
MediaType
  MediaTypeId int key
Playlist
  PlaylistId int key
PlaylistTrack
  PlaylistId int key ->Playlist.PlaylistId
  TrackId int key ->Track.TrackId
",
    );
    assert_eq!(
        relations(&database, "Employee"),
        [
            "ReportsToEmployee reports_to_employee belongsTo Employee",
            "Employees employees hasMany Employee",
            "Customers customers hasMany Customer",
        ]
    );
    assert_eq!(relations(&database, "Customer"), ["SupportRep support_rep belongsTo Employee"]);
    assert_eq!(
        relations(&database, "Track"),
        [
            "MediaType media_type belongsTo MediaType",
            "PlaylistTracks playlist_tracks hasMany PlaylistTrack",
            "Playlists playlists manyToMany Playlist",
        ]
    );
    assert_eq!(
        relations(&database, "Playlist"),
        ["PlaylistTracks playlist_tracks hasMany PlaylistTrack", "Tracks tracks manyToMany Track"]
    );
}

#[test]
fn a_unique_foreign_key_makes_has_one() {
    let database = database(
        "
users
  id int key
profiles
  user_id int key ->users.id
badges
  id int key
  user_id int null unique ->users.id
seats
  row int
  user_id int ->users.id
  unique (row, user_id)
",
    );
    assert_eq!(
        relations(&database, "users"),
        ["Profile profile hasOne profiles", "Badge badge hasOne badges", "Seats seats hasMany seats"]
    );
}

#[test]
fn a_key_over_no_plain_column_makes_nothing_unique() {
    let mut catalog = support::catalog(
        "
users
  id int key
orders
  id int key
  user_id int ->users.id
",
    );
    let key = portcullis_schema::UniqueKey { name: "lower_email".to_owned(), columns: Vec::new() };
    catalog.tables[1].unique_keys.push(key);
    let database = Database::build(&catalog, Naming::Table, &Serve::ALL);
    assert_eq!(relations(&database, "users"), ["Orders orders hasMany orders"]);
    assert_eq!(database.by_name("orders").unwrap().unique_keys.len(), 1);
}

#[test]
fn a_table_keyed_by_two_foreign_keys_joins_also_with_further_columns_and_composite_keys() {
    let database = database(
        "
plants
  country text key
  code int key
parts
  id int key
plant_parts
  plant_country text
  plant_code int
  part_id int ->parts.id
  amount int
  key (plant_country, plant_code, part_id)
  fk (plant_country, plant_code) plants (country, code)
not_a_join
  part_id int key ->parts.id
  plant_country text key
  plant_code int key
  day date key
  fk (plant_country, plant_code) plants (country, code)
",
    );
    let plants = database.by_name("plants").unwrap();
    let parts = plants.find_relation("Parts").unwrap();
    let join = parts.join.as_ref().unwrap();
    assert_eq!(parts.kind, RelationKind::ManyToMany);
    assert_eq!((join.near.len(), join.far.len(), parts.columns.len(), parts.target_columns.len()), (2, 1, 2, 1));
    let names: Vec<_> = database.by_name("parts").unwrap().relations.iter().map(|r| r.json_name.as_str()).collect();
    assert_eq!(names, ["plant_parts", "not_a_joins", "plants"]);
}

#[test]
fn a_table_joined_with_itself_has_a_name_for_each_direction() {
    let database = database(
        "
users
  id int key
follows
  follower_id int key ->users.id
  followed_id int key ->users.id
",
    );
    assert_eq!(
        relations(&database, "users"),
        [
            "FollowsByFollower follows_by_follower hasMany follows",
            "FollowsByFollowed follows_by_followed hasMany follows",
            "UsersByFollowed users_by_followed manyToMany users",
            "UsersByFollower users_by_follower manyToMany users",
        ]
    );
}

#[test]
fn a_name_that_is_a_column_or_another_relationship_gives_way() {
    let database = database(
        "
staff
  id int key
  reports_to int null ->staff.id
  orders int
orders
  id int key
  staff_id int ->staff.id
  owner_id int ->people.id
people
  id int key
films
  id int key
actors
  film_id int key ->films.id
  person_id int key ->people.id
directors
  film_id int key ->films.id
  person_id int key ->people.id
",
    );
    let names: Vec<_> = database.by_name("staff").unwrap().relations.iter().map(|r| r.json_name.as_str()).collect();
    assert_eq!(names, ["reports_to_staff", "staff", "orders_order"]);
    let films: Vec<_> = database.by_name("films").unwrap().relations.iter().map(|r| r.json_name.as_str()).collect();
    assert_eq!(films, ["actors", "directors", "people", "people_by_directors_person"]);
}

#[test]
fn a_relationship_is_found_by_either_name_and_loosely_but_never_by_guessing() {
    let database = database(
        "
users
  id int key
order_items
  id int key
  user_id int ->users.id
orderitems
  id int key
  user_id int ->users.id
profiles
  user_id int key ->users.id
",
    );
    let users = database.by_name("users").unwrap();
    for word in ["profile", "Profile", "PROFILE", "pro_file"] {
        assert_eq!(users.find_relation(word).unwrap().json_name, "profile", "{word}");
    }
    assert_eq!(users.find_relation("order_items").unwrap().json_name, "order_items");
    assert_eq!(users.find_relation("OrderItems").unwrap().json_name, "order_items");
    assert_eq!(users.find_relation("orderitems").unwrap().json_name, "orderitems");
    assert!(users.find_relation("orderItems").is_none());
}
