//! Every statement for PostgreSQL.

macro_rules! cols {
    () => {
        "id, tenant_id, customer_id, status, total, note, paid, created_at"
    };
}

pub const ONE: &str = concat!("SELECT ", cols!(), " FROM orders WHERE id = $1");
pub const PAGE: &str = concat!(
    "SELECT ",
    cols!(),
    " FROM orders WHERE status = $1 AND created_at < $2::text::timestamptz ORDER BY created_at DESC LIMIT 25"
);
pub const ITEMS: &str =
    "SELECT id, sku, qty, unit_price, order_id FROM order_items WHERE order_id = ANY($1) ORDER BY order_id, id";
pub const INSERT: &str = "INSERT INTO events (tenant_id, customer_id, kind, amount) \
     VALUES ($1::int, $2::bigint, $3::text, $4::text::numeric) \
     RETURNING id, tenant_id, customer_id, kind, amount, created_at";
