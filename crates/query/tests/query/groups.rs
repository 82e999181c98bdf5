//! Groups and figures: their names, the conditions on them, and what they may be asked of.

use crate::support::{Build, words};
use portcullis_query::{Value, access::Caller, render};

fn filter(expressions: &str) -> String {
    format!(r#"{{"expressions":{expressions}}}"#)
}

#[test]
fn groups_and_figures_have_one_name_each() {
    let shop = Build::shop();
    let names = |body: &str| -> Vec<String> {
        let plan = shop.list("orders", &format!(r#"{{"aggregations":{body}}}"#)).unwrap();
        plan.select.columns.iter().map(|selected| selected.output.shape.name.to_string()).collect()
    };
    let refused = |body: &str| shop.refused("orders", &format!(r#"{{"aggregations":{body}}}"#));
    assert_eq!(
        names(r#"{"functions":[{"type":"Count"},{"type":"sum","field":"Total"}],"group_by":["UserId","user_id"]}"#),
        ["user_id", "count", "sum"]
    );
    assert_eq!(
        names(
            r#"{"functions":[{"type":"MIN","field":"Total"},{"type":"MIN","field":"id"},{"type":"MAX","field":"id","alias":"top"}]}"#
        ),
        ["min_total", "min_id", "top"]
    );
    assert_eq!(
        names(r#"{"functions":[{"type":"COUNT"},{"type":"COUNT","field":"total"}]}"#),
        ["count_all", "count_total"]
    );
    for body in [
        r#"{"functions":[{"type":"SUM","field":"total","alias":"user_id"}],"group_by":["user_id"]}"#,
        r#"{"functions":[{"type":"SUM","field":"total","alias":"aggregations"}]}"#,
        r#"{"functions":[{"type":"SUM","field":"total"},{"type":"SUM","field":"total"}]}"#,
        r#"{"functions":[{"type":"SUM"}]}"#,
    ] {
        assert_eq!(refused(body), "invalid_filter", "{body}");
    }
    for body in [
        r#"{"functions":[{"type":"SUM","field":"note"}]}"#,
        r#"{"functions":[{"type":"MIN","field":"status"}],"group_by":["data"]}"#,
    ] {
        let table = if body.contains("data") { "products" } else { "orders" };
        let body = format!(r#"{{"aggregations":{}}}"#, body.replace("status", "name"));
        assert_eq!(shop.refused(table, &body), "invalid_operator", "{body}");
    }
}

#[test]
fn a_groups_own_name_may_be_that_of_a_function() {
    let catalog = crate::support::catalog::catalog("t\n  id int key\n  count int\n");
    let build = Build::new(&catalog, portcullis_query::access::TableAccess::default(), &[]);
    let plan = build.list("t", r#"{"aggregations":{"functions":[{"type":"COUNT"}],"group_by":["count"]}}"#).unwrap();
    let names: Vec<_> = plan.select.columns.iter().map(|selected| &*selected.output.shape.name).collect();
    assert_eq!(names, ["count", "count_all"]);
}

#[test]
fn conditions_on_groups_follow_the_rules_of_filters() {
    let shop = Build::shop();
    let having = |expressions: &str| {
        let body = format!(
            r#"{{"aggregations":{{"functions":[{{"type":"SUM","field":"total","alias":"worth"}},{{"type":"MAX","field":"note","alias":"last"}}],
                "group_by":["note"],"expressions":{expressions}}}}}"#
        );
        let text = shop.sql("orders", &body)?.text;
        let found = text.split_once(" HAVING ").map_or("", |(_, rest)| rest);
        Ok::<_, portcullis_query::plan::PlanError>(found.split(" ORDER BY ").next().unwrap_or("").to_owned())
    };
    for (expressions, sql) in [
        ("[]", ""),
        (r#"[{"operator":"NOT","expressions":[]}]"#, ""),
        (r#"[{"field":"Worth","operator":"gt","value":5}]"#, r#"sum(t0."total") > $1"#),
        (r#"[{"field":"SUM(total)","operator":"gt","value":5}]"#, r#"sum(t0."total") > $1"#),
        (r#"[{"field":"count(*)","operator":"in","value":[1,null]}]"#, "(count(*) = $1 OR count(*) IS NULL)"),
        (r#"[{"field":"worth","operator":"in","value":[]}]"#, "1 = 0"),
        (r#"[{"field":"worth","operator":"notin","value":[]}]"#, ""),
        (r#"[{"field":"note","operator":"contains","value":"a"}]"#, r#"t0."note" ILIKE $1"#),
        (
            r#"[{"operator":"OR","expressions":[{"field":"worth","operator":"isnull"},{"field":"note","operator":"eq","value":"a"}]}]"#,
            r#"(sum(t0."total") IS NULL OR t0."note" = $1)"#,
        ),
    ] {
        assert_eq!(having(expressions).unwrap(), sql, "{expressions}");
    }
    for (expressions, code) in [
        (r#"[{"field":"worth","operator":"between","value":[1,null]}]"#, "invalid_filter"),
        (r#"[{"field":"worth","operator":"like","value":"1%"}]"#, "invalid_operator"),
        (r#"[{"field":"status","operator":"eq","value":"open"}]"#, "unknown_column"),
        (r#"[{"field":"SUM(password)","operator":"eq","value":1}]"#, "unknown_column"),
        (r#"[{"relationship":"User"}]"#, "invalid_filter"),
    ] {
        assert_eq!(having(expressions).unwrap_err().code(), code, "{expressions}");
    }
}

#[test]
fn figures_of_moments_are_compared_in_the_columns_own_spelling() {
    let catalog = crate::support::catalog::catalog("t\n  id int key\n  at datetime as:seconds\n");
    let build = Build::new(&catalog, portcullis_query::access::TableAccess::default(), &[]);
    let planner = build.planner(&Caller::Administrator, &render::dialects::SQLITE);
    let body = r#"{"aggregations":{"functions":[{"type":"MAX","field":"at","alias":"last"}],
        "expressions":[{"field":"last","operator":"gt","value":"1970-01-01T00:01:00Z"}]}}"#;
    let plan = planner.list(build.table("t"), &words(body).unwrap()).unwrap();
    assert_eq!(render::select(&plan.select, planner.dialect).values[0], Value::Int(60));
}

#[test]
fn one_term_may_embed_rows_and_another_ask_for_their_figures() {
    let shop = Build::shop();
    let rows = r#"{"relationship":"Orders","include":true}"#;
    let figures = r#"{"relationship":"orders","aggregations":{"functions":[{"type":"COUNT"}]}}"#;
    for expressions in [format!("[{rows},{figures}]"), format!("[{figures},{rows}]")] {
        let plan = shop.list("users", &filter(&expressions)).unwrap();
        assert_eq!(plan.includes.len(), 1);
        assert!(plan.includes[0].rows.is_some() && plan.includes[0].figures.is_some());
    }
    assert_eq!(shop.refused("users", &filter(&format!("[{rows},{rows}]"))), "duplicate_include");
    assert_eq!(shop.refused("users", &filter(&format!("[{figures},{figures}]"))), "duplicate_include");
}

#[test]
fn figures_of_one_name_carry_their_relationship_in_front() {
    let shop = Build::shop();
    let figure = r#""aggregations":{"functions":[{"type":"COUNT","alias":"n"}]}"#;
    let body = filter(&format!(
        r#"[{{"relationship":"OrdersByBillingAddress",{figure}}},{{"relationship":"OrdersByShippingAddress",{figure}}}]"#
    ));
    let plan = shop.list("addresses", &body).unwrap();
    let keys: Vec<_> = plan
        .includes
        .iter()
        .flat_map(|include| &include.figures.as_ref().unwrap().names)
        .map(|name| &*name.key)
        .collect();
    assert_eq!(keys, ["orders_by_billing_address_n", "orders_by_shipping_address_n"]);
}

#[test]
fn values_are_collected_where_the_engine_writes_them_as_we_do() {
    let shop = Build::shop();
    let collected = |table: &str, field: &str, dialect: &'static dyn render::Dialect| {
        let body =
            format!(r#"{{"aggregations":{{"functions":[{{"type":"ARRAY_AGG","field":"{field}","alias":"all"}}]}}}}"#);
        let plan = shop.planner(&Caller::Administrator, dialect).list(shop.table(table), &words(&body).unwrap());
        plan.map(|plan| render::select(&plan.select, dialect).text).map_err(|error| error.code())
    };
    let (postgres, sqlite) = (&render::dialects::POSTGRES, &render::dialects::SQLITE);
    assert_eq!(
        collected("orders", "status", postgres).unwrap(),
        r#"SELECT (CASE WHEN count(*) <= 10000 THEN json_agg(t0."status") END) FROM "orders" AS t0 LIMIT 10"#
    );
    assert_eq!(
        collected("orders", "id", sqlite).unwrap(),
        r#"SELECT (CASE WHEN count(*) <= 10000 THEN json_group_array(t0."id") END) FROM "orders" AS t0 LIMIT 10"#
    );
    for field in ["price", "data", "released", "image"] {
        assert_eq!(collected("products", field, postgres), Err("invalid_operator"), "{field}");
    }
    for dialect in [&render::dialects::MARIADB, &render::dialects::MYSQL] {
        assert_eq!(collected("orders", "id", dialect), Err("unsupported"));
    }
    // A list has no place in an order and equals nothing.
    for rest in [
        r#""sort":[{"field":"all"}],"aggregations":{"functions":[{"type":"ARRAY_AGG","field":"id","alias":"all"}]}"#,
        r#""aggregations":{"functions":[{"type":"ARRAY_AGG","field":"id","alias":"all"}],"expressions":[{"field":"all","operator":"eq","value":1}]}"#,
    ] {
        assert_eq!(shop.refused("orders", &format!("{{{rest}}}")), "invalid_operator", "{rest}");
    }
}
