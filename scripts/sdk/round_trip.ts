// A generated TypeScript client in the demo shop. Used by scripts/checks/sdk-round-trip.sh, which puts it beside one.

import { deepStrictEqual as same, ok, rejects } from "node:assert";
import { AxiosError } from "axios";
import { BatchApi, Configuration, OrderTotalsApi, ProductTagsApi, Products, ProductsApi, SchemaApi } from "./index";

async function main() {
  const [basePath, apiKey, document] = process.argv.slice(2);
  const config = new Configuration(document === "openapi31" ? { basePath, accessToken: apiKey } : { basePath, apiKey });
  const products = new ProductsApi(config);
  const bySku = (...value: string[]) => [{ field: "sku", operator: "in", value }];
  const skus = (rows?: Products[]) => rows?.map((row) => row.sku);

  // list
  const page = (await products.listProducts(1, 2)).data;
  same(page.data?.length, 2);
  same(page.total_pages, Math.ceil((page.total ?? 0) / 2));
  const first = (await products.listProducts(undefined, 2, undefined, undefined, "")).data;
  const second = (await products.listProducts(undefined, 2, undefined, undefined, first.next_cursor ?? "x")).data;
  ok(first.data![1].id! < second.data![0].id!);

  // create, get, change
  const made = (await products.createProducts({ category_id: 1, sku: "TS-1", name: "Round trip", price: 9.25 })).data;
  ok(made.id);
  same((await products.getByIdProducts(made.id)).data, made);
  same((await products.updateByIdProducts(made.id, { name: "Changed" })).data.name, "Changed");
  const patched = (await products.patchByIdProducts(made.id, { stock: 7 })).data;
  same([patched.name, patched.stock, patched.price], ["Changed", 7, 9.25]);

  // filter, count
  const filter = {
    expressions: [...bySku("TS-1"), { relationship: "Category", scope: "filterChild", include: true }],
    sort: [{ field: "id", direction: "desc" }],
  };
  const found = (await products.filterProducts(filter, 1, 5)).data;
  same(skus(found.data), ["TS-1"]);
  ok(found.data![0].category!.name);
  same((await products.countProducts({ expressions: bySku("TS-1") })).data.count, 1);
  same((await products.countAllProducts()).data.count, page.total! + 1);
  ok((await products.filterQueryProducts({ expressions: bySku("TS-1") })).data.script!.includes("SELECT"));

  // bulk
  const rows = ["TS-2", "TS-1", "TS-3"].map((sku) => ({ category_id: 1, sku, name: sku, price: 2 }));
  const bulk = await products.bulkCreateProducts(rows);
  same(bulk.status, 207);
  same(skus(bulk.data.succeeded), ["TS-2", "TS-3"]);
  same(bulk.data.failed!.map((row) => [row.index, row.error!.code]), [[1, "duplicate"]]);
  const moved = await products.bulkUpdateProducts(bulk.data.succeeded!.map((row) => ({ id: row.id, stock: 5 })));
  same(moved.data.succeeded!.map((row) => row.stock), [5, 5]);
  const imported = await products.importProducts("category_id,sku,name,price\r\n1,TS-4,Four,4\r\n", undefined, "csv");
  same(imported.data.succeeded, 1);

  // mass update and delete
  const change = { expressions: bySku("TS-2", "TS-3"), updateData: { stock: 6 } };
  same((await products.updateByFilterProducts(change, true)).data.count, 2);
  same((await products.updateByFilterProducts(change)).data.affected, 2);
  const gone = (await products.deleteByFilterProducts({ expressions: bySku("TS-2", "TS-3", "TS-4") })).data;
  same([gone.success, gone.affected], [true, 3]);

  // delete, and what is not there
  same((await products.deleteByIdProducts(made.id)).data.sku, "TS-1");
  await rejects(products.getByIdProducts(made.id), (error: AxiosError<{ code: string }>) => {
    same([error.response?.status, error.response?.data.code], [404, "not_found"]);
    return true;
  });

  // a composite key, a view, several writes at once, what there is
  const links = new ProductTagsApi(config);
  const link = (await links.listProductTags(1, 1)).data.data![0];
  same((await links.getByIdProductTags(`${link.product_id},${link.tag_id}`)).data, link);
  ok((await new OrderTotalsApi(config).listOrderTotals(1, 1)).data.data!.length);
  const operations = [{ method: "POST", path: "/Tags", body: { name: "TypeScript" } }];
  const batch = (await new BatchApi(config).batchWrite({ operations })).data.results!;
  same(batch.map((result) => result.status), [201]);
  const undo = [{ method: "DELETE", path: `/Tags/${(batch[0].body as unknown as { id: number }).id}` }];
  await new BatchApi(config).batchWrite({ operations: undo });
  ok((await products.getSchemaProducts()).data.fields!.some((field) => field.isPrimaryKey));
  same((await new SchemaApi(config).getModels()).data.models!["Products"], "products");
  console.log(`typescript-axios client from ${document}: everything answers as declared`);
}

main().catch((error) => {
  console.error(error.response?.data ?? error);
  process.exit(1);
});
