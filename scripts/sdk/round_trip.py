"""A generated Python client in the demo shop: every operation once. Used by scripts/checks/sdk-round-trip.sh."""

import json
import sys

import shop_client as c

host, key, document = sys.argv[1:]
# Both ways to send a key; Swagger 2.0 knows bearer tokens only as a whole header.
config = c.Configuration(host=host, api_key={"ApiKeyAuth": key})
if document == "openapi31":
    config = c.Configuration(host=host, access_token=key)
client = c.ApiClient(config)
products = c.ProductsApi(client)


def same(found, expected, what):
    assert found == expected, f"{what}: {found!r}, not {expected!r}"


def by_sku(*skus):
    return [{"field": "sku", "operator": "in", "value": list(skus)}]


# list
page = products.list_products(1, 2)
same(len(page.data), 2, "rows of a page")
same((page.page, page.page_size), (1, 2), "the page")
same(page.total_pages, -(-page.total // 2), "pages")
same(products.list_products(page_size=1, total=False).total, None, "total=false")
first = products.list_products(page_size=2, cursor="")
second = products.list_products(page_size=2, cursor=first.next_cursor)
assert first.data[-1].id < second.data[0].id, "a cursor goes on behind its page"
same(products.list_products(page_size=1, sort="id:desc").data[0].id, page.total, "sort")

# create, get, change
made = products.create_products(
    c.Products(category_id=1, sku="RT-1", name="Round trip", price=9.25, attributes={"sizes": [1, 2], "eco": True})
)
assert made.id, "the key comes back"
same((made.price, made.stock, made.active), (9.25, 0, True), "defaults come back")
assert made.created_at.tzinfo is not None, "a moment has its zone"
same(products.get_by_id_products(made.id), made, "the row again")
same(products.update_by_id_products(made.id, c.Products(name="Changed")).name, "Changed", "put")
patched = products.patch_by_id_products(made.id, c.Products(stock=7))
same((patched.name, patched.stock, patched.price), ("Changed", 7, 9.25), "only what is present changes")
again = products.create_products(c.Products(category_id=1, sku="RT-1", name="Upserted", price=1), on_conflict="sku")
same((again.id, again.name), (made.id, "Upserted"), "upsert")
if document == "openapi31":
    twice = c.Products(category_id=1, sku="RT-once", name="Once", price=1)
    same(
        products.create_products(twice, idempotency_key="once").id,
        products.create_products(twice, idempotency_key="once").id,
        "an idempotency key",
    )
    products.delete_by_filter_products(c.ApiFilterPayload(expressions=by_sku("RT-once")))
    try:
        products.update_by_id_products(made.id, c.Products(name="Stale"), if_match='"stale"')
        raise AssertionError("a stale ETag passes")
    except c.ApiException as error:
        same(error.status, 412, "a stale ETag")

# filter, count
found = products.filter_products(
    c.QueryFilter(
        expressions=by_sku("RT-1") + [{"relationship": "Category", "scope": "filterChild", "include": True}],
        sort=[c.QuerySortSpec(field="id", direction="desc")],
    ),
    1,
    5,
)
same([row.sku for row in found.data], ["RT-1"], "filter")
assert found.data[0].category.name, "an included relationship"
groups = products.filter_products(
    c.QueryFilter(
        aggregations=c.QueryAggregationSpec(
            functions=[c.QueryAggregateFunctionSpec(type="COUNT", field="*", alias="n")], group_by=["category_id"]
        )
    )
)
assert groups.data[0].additional_properties["aggregations"]["n"] > 0, "groups"
same(products.count_products(filter_payload=c.ApiFilterPayload(expressions=by_sku("RT-1"))).count, 1, "count")
same(products.count_all_products().count, page.total + 1, "count of all")
shown = products.filter_query_products(c.QueryFilter(expressions=by_sku("RT-1")), dialect="postgres")
assert "SELECT" in shown.script and "$1" in shown.query and len(shown.data) == 1, "the SQL of a filter"
assert "INSERT" in products.query_products(c.Products(category_id=1, sku="x", name="y", price=1)).script
assert "UPDATE" in products.update_query_by_id_products(made.id, c.Products(name="z")).script

# bulk
bulk = products.bulk_create_products([
    c.Products(category_id=1, sku="RT-2", name="Two", price=2),
    c.Products(category_id=1, sku="RT-1", name="Taken", price=2),
    c.Products(category_id=1, sku="RT-3", name="Three", price=3),
])
same([row.sku for row in bulk.succeeded], ["RT-2", "RT-3"], "bulk: what went")
same([(row.index, row.error.code) for row in bulk.failed], [(1, "duplicate")], "bulk: what did not")
moved = products.bulk_update_products([c.Products(id=row.id, stock=5) for row in bulk.succeeded])
same([row.stock for row in moved.succeeded], [5, 5], "bulk update")
imported = products.import_products("category_id,sku,name,price\r\n1,RT-4,Four,4\r\n", _content_type="text/csv")
same((imported.succeeded, imported.failed), (1, []), "import")

# mass update and delete
seen = products.update_by_filter_products(
    c.ApiUpdateFilterPayload(expressions=by_sku("RT-2", "RT-3"), updateData={"stock": 6}), preview=True
)
same((seen.count, len(seen.sample)), (2, 2), "a preview")
mass = products.update_by_filter_products(
    c.ApiUpdateFilterPayload(expressions=by_sku("RT-2", "RT-3"), updateData={"stock": 6})
)
same((mass.affected, [row.stock for row in mass.data]), (2, [6, 6]), "mass update")
gone = products.delete_by_filter_products(c.ApiFilterPayload(expressions=by_sku("RT-2", "RT-3", "RT-4")))
same((gone.success, gone.affected), (True, 3), "mass delete")

# delete, and what is not there
same(products.delete_by_id_products(made.id).sku, "RT-1", "delete")
try:
    products.get_by_id_products(made.id)
    raise AssertionError("the row is still there")
except c.exceptions.NotFoundException as error:
    same(json.loads(error.body)["code"], "not_found", "the problem document")
    same(error.data.code, "not_found", "the problem as a model")

# a composite key, a view, several writes at once, what there is
links = c.ProductTagsApi(client)
link = links.list_product_tags(page_size=1).data[0]
same(links.get_by_id_product_tags(f"{link.product_id},{link.tag_id}"), link, "a composite key")
assert c.OrderTotalsApi(client).list_order_totals(page_size=1).data, "a view"
batch = c.BatchApi(client).batch_write(c.ApiBatchRequest(operations=[
    c.ApiBatchOperation(id="t", method="POST", path="/Tags", body={"name": "round trip"}),
    c.ApiBatchOperation(
        method="POST", path="/ProductTags", body={"product_id": 1, "tag_id": {"$ref": "t.id"}}
    ),
]))
same([result.status for result in batch.results], [201, 201], "batch")
tag = batch.results[0].body["id"]
links.delete_by_id_product_tags(f"1,{tag}")
c.TagsApi(client).delete_by_id_tags(tag)
fields = {field.name: field for field in products.get_schema_products().fields}
assert fields["id"].is_primary_key and "contains" in fields["name"].operators, "the schema"
same(c.SchemaApi(client).get_models().models["Products"], "products", "the models")
print(f"python client from {document}: everything answers as declared")
