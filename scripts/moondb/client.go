// After the samples of MoonDB's documentation: declare, sign up, sign in, write, find, refresh, sign out.
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
)

type object = map[string]any

// client is an application's: a base URL, and the one header that says who calls.
type client struct {
	base, header, value string
}

func fail(what ...any) {
	fmt.Fprintln(os.Stderr, append([]any{"moondb, Go:"}, what...)...)
	os.Exit(1)
}

func (c client) call(method, path string, body any, wanted int) object {
	sent, err := json.Marshal(body)
	if err != nil {
		fail(err)
	}
	request, err := http.NewRequest(method, c.base+path, bytes.NewReader(sent))
	if err != nil {
		fail(err)
	}
	request.Header.Set("Content-Type", "application/json")
	if c.header != "" {
		request.Header.Set(c.header, c.value)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		fail(err)
	}
	defer response.Body.Close()
	var answer object
	if err := json.NewDecoder(response.Body).Decode(&answer); err != nil {
		fail(method, path, "answers no JSON:", err)
	}
	if response.StatusCode != wanted {
		fail(method, path, "answers", response.StatusCode, "not", wanted, answer)
	}
	return answer
}

// one is the `data` of an answer that holds one thing.
func (c client) one(method, path string, body any, wanted int) object {
	answer := c.call(method, path, body, wanted)
	data, good := answer["data"].(object)
	if !good {
		fail(method, path, "answers no object in data:", answer)
	}
	return data
}

// refused looks that a refusal says what every refusal of MoonDB says.
func (c client) refused(method, path string, body any, status int) {
	answer := c.call(method, path, body, status)
	refusal, _ := answer["error"].(object)
	for _, name := range []string{"code", "message", "suggestion"} {
		if text, _ := refusal[name].(string); text == "" {
			fail(method, path, "refuses without", name, answer)
		}
	}
}

func main() {
	var needs map[string]string
	text, err := os.ReadFile(os.Args[1])
	if err != nil || json.Unmarshal(text, &needs) != nil {
		fail("cannot read", os.Args[1])
	}
	schema, err := os.ReadFile("scripts/moondb/schema.json")
	if err != nil {
		fail(err)
	}
	base := needs["base_url"] + "/p/" + needs["project_id"]
	anyone := client{base: base}
	visitor := client{base, "X-Public-Key", needs["public_key"]}
	admin := client{base, "X-Admin-Key", needs["admin_key"]}

	if applied := admin.one("PUT", "/v1/schema", json.RawMessage(schema), 200)["applied"]; applied != true {
		fail("the schema was not applied")
	}
	account := object{"email": "eve@moondb.example", "password": "correct horse battery"}
	anyone.one("POST", "/auth/signup", account, 201)
	anyone.refused("POST", "/auth/signup", account, 409)
	anyone.refused("POST", "/auth/login", object{"email": account["email"], "password": "wrong"}, 401)
	tokens := anyone.one("POST", "/auth/login", account, 200)
	tokens = anyone.one("POST", "/auth/refresh", object{"refresh_token": tokens["refresh_token"]}, 200)
	eve := client{base, "Authorization", "Bearer " + tokens["token"].(string)}
	user := eve.one("GET", "/auth/me", nil, 200)["user"].(object)

	for _, title := range []string{"first", "second", "third"} {
		post := eve.one("POST", "/api/posts", object{"title": title, "likes": len(title)}, 201)
		if post["author"] != user["id"] {
			fail("a post is not its author's:", post)
		}
	}
	query := url.Values{"likes": {"gte.6"}, "sort": {"title.asc"}, "select": {"id,title"}}
	found := visitor.call("GET", "/api/posts?"+query.Encode(), nil, 200)
	rows := found["data"].([]any)
	if len(rows) != 1 || rows[0].(object)["title"] != "second" || found["meta"].(object)["total"] != 1.0 {
		fail("the filter found", found)
	}
	path := "/api/posts/" + rows[0].(object)["id"].(string)
	if changed := eve.one("PATCH", path, object{"likes": 7}, 200); changed["likes"] != 7.0 {
		fail("the change did", changed)
	}
	visitor.refused("DELETE", path, nil, 401)
	eve.one("DELETE", path, nil, 200)
	visitor.refused("GET", path, nil, 404)
	eve.one("POST", "/auth/logout", nil, 200)
	eve.refused("GET", "/auth/me", nil, 401)
	fmt.Println("moondb, Go: declared, signed up, in and out, refreshed, wrote three, found one, changed and deleted it; 5 refusals")
}
