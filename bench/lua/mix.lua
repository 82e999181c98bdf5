-- wrk script: random requests made beforehand, sent in turn, and one line with the result.
-- Environment: KIND = one | page | nested | insert | small | login; PATHS = ceiling | postgrest | portcullis;
-- PREFIX is put before the path; TOKEN, if not empty, is sent as a bearer token.
local kind, prefix, token = os.getenv("KIND"), os.getenv("PREFIX") or "", os.getenv("TOKEN") or ""
local N = 4000
local requests, at, seed = {}, 0, 0

local function order_id() return math.random(1, 1000000) end
local function stamp() return os.date("!%Y-%m-%dT%H:%M:%SZ", 1704153600 + math.random(0, 63000000)) end
local function event(amount)
  local customer = math.random(1, 100000)
  return string.format('{"tenant_id":%d,"customer_id":%d,"kind":"click","amount":%s}', customer % 100, customer, amount)
end
local columns = "id,tenant_id,customer_id,status,total,note,paid,created_at"

-- Each kind gives method, path and body.
local dialects = {
  ceiling = {
    one = function() return "GET", "/orders/" .. order_id() end,
    page = function() return "GET", "/page?status=paid&before=" .. stamp() end,
    nested = function() return "GET", "/nested?status=paid&before=" .. stamp() end,
    insert = function() return "POST", "/events", event('"12.50"') end,
  },
  postgrest = {
    one = function() return "GET", "/orders?id=eq." .. order_id() .. "&select=" .. columns end,
    page = function()
      return "GET", "/orders?select=" .. columns .. "&status=eq.paid&created_at=lt." .. stamp()
        .. "&order=created_at.desc&limit=25"
    end,
    nested = function()
      return "GET", "/orders?select=" .. columns .. ",items:order_items(id,sku,qty,unit_price)&status=eq.paid"
        .. "&created_at=lt." .. stamp() .. "&order=created_at.desc&limit=25"
    end,
    insert = function() return "POST", "/events", event("12.50") end,
  },
  portcullis = {
    one = function() return "GET", "/orders/" .. order_id() end,
    small = function() return "GET", "/t1/" .. math.random(1, 1000) end,
    insert = function() return "POST", "/events", event("12.50") end,
    login = function()
      return "POST", "/auth/login", '{"email":"ada@example.com","password":"a password for measurements"}'
    end,
  },
}
local function filter(more, status)
  return "POST", "/orders/filter?pageSize=25&total=false", '{"expressions":['
    .. '{"field":"status","operator":"eq","value":"' .. (status or "paid") .. '"},'
    .. '{"field":"created_at","operator":"lt","value":"' .. stamp() .. '"}' .. more
    .. '],"sort":[{"field":"created_at","direction":"desc"}]}'
end
function dialects.portcullis.page() return filter("") end
function dialects.portcullis.nested()
  return filter(',{"relationship":"OrderItems","scope":"filterChild","include":true}')
end

-- The same requests, where only the credentials differ.
dialects["portcullis-key"] = dialects.portcullis

-- The rows of tenant 7 only: asked for with a filter by the administrator's key, and without one by a user of that
-- tenant, whose rights add it. All orders of that tenant are done.
local function order_of_tenant() return 74 + 100 * math.random(0, 9999) end
local function customer_of_tenant() return 7 + 100 * math.random(0, 999) end
local function of_tenant(filters, sent)
  return {
    one = function() return "GET", "/orders/" .. order_of_tenant() end,
    page = function() return filter(filters, "done") end,
    nested = function()
      return filter(filters .. ',{"relationship":"OrderItems","scope":"filterChild","include":true}', "done")
    end,
    insert = function()
      return "POST", "/events", string.format('{%s"customer_id":%d,"kind":"click","amount":12.50}', sent,
        customer_of_tenant())
    end,
  }
end
dialects["tenant-key"] = of_tenant(',{"field":"tenant_id","operator":"eq","value":7}', '"tenant_id":7,')
dialects["tenant-user"] = of_tenant("", "")

local threads = 0
function setup(thread)
  threads = threads + 1
  thread:set("seed", threads)
end

function init(args)
  math.randomseed((seed or 1) * 7919)
  local dialect = os.getenv("PATHS")
  local make = dialects[dialect][kind]
  for i = 1, N do
    local method, path, body = make()
    local headers = { ["Accept"] = "application/json" }
    if token ~= "" then headers["Authorization"] = "Bearer " .. token end
    if body then headers["Content-Type"] = "application/json" end
    if dialect == "postgrest" and kind == "insert" then headers["Prefer"] = "return=representation" end
    requests[i] = wrk.format(method, prefix .. path, headers, body)
  end
end

function request()
  at = at % N + 1
  return requests[at]
end

function done(summary, latency)
  local e = summary.errors
  io.write(string.format("RESULT %d %.3f %.3f %.3f %d %d\n", summary.requests, summary.duration / 1e6,
    latency:percentile(50) / 1000, latency:percentile(99) / 1000, e.status, e.connect + e.read + e.write + e.timeout))
end
