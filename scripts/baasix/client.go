// A client after the samples of Baasix's authentication page, in Go: only the base URL is ours.
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
)

type object = map[string]any

var base string

func fail(what ...any) {
	fmt.Fprintln(os.Stderr, append([]any{"baasix, Go:"}, what...)...)
	os.Exit(1)
}

func check(what string, found, wanted any) {
	if fmt.Sprint(found) != fmt.Sprint(wanted) {
		fail(what, "is", found, "and not", wanted)
	}
}

// call sends a request and gives back the object that is answered with the wanted status.
func call(method, path, token string, body any, wanted int) object {
	sent, err := json.Marshal(body)
	if err != nil {
		fail(err)
	}
	request, err := http.NewRequest(method, base+path, bytes.NewReader(sent))
	if err != nil {
		fail(err)
	}
	request.Header.Set("Content-Type", "application/json")
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		fail(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		fail(err)
	}
	if response.StatusCode != wanted {
		fail(method, path, "answers", response.StatusCode, "and not", wanted, string(text))
	}
	answer := object{}
	if len(text) > 0 {
		if err := json.Unmarshal(text, &answer); err != nil {
			fail(method, path, "answers no JSON object:", string(text))
		}
	}
	return answer
}

func main() {
	var needs map[string]string
	text, err := os.ReadFile(os.Args[1])
	if err != nil || json.Unmarshal(text, &needs) != nil {
		fail("cannot read", os.Args[1])
	}
	base = needs["base_url"]
	account := object{"email": "go@shop.example", "password": "securepassword"}
	person := object{"firstName": "Rob", "lastName": "Doe", "email": account["email"], "password": account["password"]}
	call("POST", "/auth/register", "", object{"email": account["email"], "password": "short", "firstName": "Rob"}, 400)
	made := call("POST", "/auth/register", "", person, 200)
	check("the role", made["role"].(object)["name"], "user")
	check("the tenant", made["tenant"], nil)
	refusal := call("POST", "/auth/login", "", object{"email": account["email"], "password": "wrong"}, 400)
	check("the refusal", refusal["message"], "Incorrect password.")
	login := call("POST", "/auth/login", "", account, 200)
	fresh := call("POST", "/auth/refresh", "", object{"refreshToken": login["refreshToken"]}, 200)
	token := fresh["token"].(string)
	check("whose token it is", call("GET", "/auth/check", token, nil, 200)["valid"], true)

	root := object{"email": "root@shop.example", "password": "a long and quiet evening"}
	admin := call("POST", "/auth/login", "", root, 200)["token"].(string)
	me := call("GET", "/auth/me", admin, nil, 200)
	check("the administrator", me["role"].(object)["name"], "administrator")
	for _, action := range []string{"create", "read", "update", "delete"} {
		row := object{"role_Id": made["role"].(object)["id"], "collection": "notes", "action": action, "fields": "*"}
		call("POST", "/permissions", admin, row, 201)
	}

	id := call("POST", "/items/notes", token, object{"text": "from Go"}, 201)["data"].(object)["id"]
	call("POST", "/items/notes", token, object{"text": "another"}, 201)
	query := url.Values{"filter": {`{"text":{"startsWith":"from"}}`}, "fields": {`["id","text"]`}, "sort": {`{"id":"desc"}`}}
	found := call("GET", "/items/notes?"+query.Encode(), token, nil, 200)
	check("the rows of the filter", found["data"], []object{{"id": id, "text": "from Go"}})
	check("their number", found["totalCount"], 1)
	one := fmt.Sprint("/items/notes/", id)
	call("PATCH", one, token, object{"text": "changed"}, 200)
	check("the row", call("GET", one, token, nil, 200)["data"].(object)["text"], "changed")
	call("DELETE", one, token, nil, 200)
	refusal = call("GET", one, token, nil, 403)["error"].(object)
	check("the status in it", refusal["statusCode"], 403)
	check("an unknown collection", call("GET", "/items/secrets", admin, nil, 404)["error"].(object)["message"],
		"Model secrets not found")
	check("the goodbye", call("GET", "/auth/logout", token, nil, 200)["message"], "Logged out successfully")
	check("whose token it is", call("GET", "/auth/check", token, nil, 401)["valid"], false)
	fmt.Println("baasix, Go: signed up, in and out, refreshed, wrote two, found, changed, deleted; 5 refusals")
}
