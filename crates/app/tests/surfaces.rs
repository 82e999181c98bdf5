//! Compatibility surfaces on a real node: switched on and off by command, and at a host name or port of their own.

mod support;

use std::{
    io::{Read as _, Write as _},
    net::{TcpListener, TcpStream},
};
use support::Place;

/// The status of a GET with this `Host`.
fn status(address: &str, host: &str, path: &str) -> u16 {
    let mut socket = TcpStream::connect(address).unwrap();
    write!(socket, "GET {path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    socket.read_to_string(&mut answer).unwrap();
    answer.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or_else(|| panic!("{answer}"))
}

#[test]
fn a_surface_is_off_until_it_is_enabled_and_off_again_after() {
    let (place, _) = Place::with_shop();
    let node = place.serve();
    let platform = "/compat/swain/api/Project";
    assert_eq!(node.get(platform, None).status, 404);
    let needs = place.run(&["surface", "enable", "swain", "--json"]).json();
    assert_eq!(needs, serde_json::json!({ "platform_url": format!("http://{}/compat/swain", node.address) }));
    assert_eq!(node.get(platform, None).status, 401);
    let list = place.run(&["surface", "list", "--json"]).json();
    assert_eq!(list["data"][0]["name"], "swain");
    assert_eq!(list["data"][0]["enabled"].as_array().unwrap().len(), 1);
    place.run(&["surface", "disable", "swain"]).ok();
    assert_eq!(node.get(platform, None).status, 404);
    assert_eq!(node.get("/compat/nothing/x", None).status, 404);
}

#[test]
fn a_surface_that_cannot_be_is_refused_with_what_would_be() {
    let (place, _) = Place::with_shop();
    place.run(&["surface", "enable", "swian"]).refused("did you mean `swain`?");
    place.run(&["surface", "enable", "swain", "--project", "shop"]).refused("leave --project out");
}

#[test]
fn a_mount_binds_a_host_name_and_a_port_to_one_surface_and_to_nothing_else() {
    let (place, _) = Place::with_shop();
    place.run(&["surface", "enable", "swain"]).ok();
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let file = format!(
        "[[mounts]]\nhost = \"api.shop.example\"\nsurface = \"native\"\nproject = \"shop\"\n\n\
         [[mounts]]\nhost = \"platform.example\"\nport = {port}\nsurface = \"swain\"\n"
    );
    std::fs::write(place.path("portcullis.toml"), file).unwrap();
    let node = place.serve();
    // Native at `/`; the node's own pages are not there.
    assert_eq!(status(&node.address, "api.shop.example", "/orders"), 401);
    assert_eq!(status(&node.address, "API.shop.example:8080", "/openapi.json"), 200);
    for path in ["/healthz", "/console/", "/p/shop/openapi.json"] {
        assert_eq!(status(&node.address, "api.shop.example", path), 401, "{path} would be a model there");
    }
    assert_eq!(status(&node.address, "other.example", "/orders"), 404);
    // The other one only at its port, and nothing else there.
    let extra = format!("127.0.0.1:{port}");
    assert_eq!(status(&extra, "platform.example", "/api/Project"), 401);
    assert_eq!(status(&node.address, "platform.example", "/api/Project"), 404);
    for path in ["/healthz", "/admin/v1/projects", "/p/shop/orders"] {
        assert_eq!(status(&extra, "127.0.0.1", path), 404, "{path}");
    }
}

#[test]
fn rel_22_a_mount_of_no_surface_keeps_the_node_from_starting() {
    let (place, _) = Place::with_shop();
    std::fs::write(place.path("portcullis.toml"), "[[mounts]]\nhost = \"a.example\"\nsurface = \"natve\"\n").unwrap();
    place.run(&["serve", "--listen", "127.0.0.1:0"]).refused("did you mean `native`?");
}
