// A client after the samples of Solobase's authentication page, in Go. Its base URL is all that it is given.
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

// client keeps the two tokens that a login gives.
type client struct {
	base, token, refresh string
}

// envelope is what every answer of Solobase is.
type envelope struct {
	Success bool
	Data    object
	Error   *struct {
		Code, Message string
		Details       map[string][]string
	}
}

func fail(what ...any) {
	fmt.Fprintln(os.Stderr, append([]any{"solobase, Go:"}, what...)...)
	os.Exit(1)
}

func check(what string, found, wanted any) {
	if fmt.Sprint(found) != fmt.Sprint(wanted) {
		fail(what, "is", found, "and not", wanted)
	}
}

func (c *client) send(method, path string, body any) (int, envelope) {
	sent, err := json.Marshal(body)
	if err != nil {
		fail(err)
	}
	request, err := http.NewRequest(method, c.base+path, bytes.NewReader(sent))
	if err != nil {
		fail(err)
	}
	request.Header.Set("Content-Type", "application/json")
	if c.token != "" {
		request.Header.Set("Authorization", "Bearer "+c.token)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		fail(err)
	}
	defer response.Body.Close()
	var answer envelope
	if err := json.NewDecoder(response.Body).Decode(&answer); err != nil {
		fail(method, path, "answers no JSON:", err)
	}
	if answer.Success != (answer.Error == nil) || answer.Success != (answer.Data != nil) {
		fail(method, path, "answers both or neither of data and error")
	}
	return response.StatusCode, answer
}

func (c *client) call(method, path string, body any, wanted int) object {
	status, answer := c.send(method, path, body)
	if answer.Error != nil {
		fail(method, path, "is refused:", *answer.Error)
	}
	check("the status of "+method+" "+path, status, wanted)
	return answer.Data
}

func (c *client) refused(method, path string, body any, status int, code string) map[string][]string {
	found, answer := c.send(method, path, body)
	if answer.Error == nil {
		fail(method, path, "is not refused:", answer.Data)
	}
	check(method+" "+path, fmt.Sprint(found, answer.Error.Code), fmt.Sprint(status, code))
	return answer.Error.Details
}

func (c *client) login(email, password string) object {
	data := c.call("POST", "/api/auth/login", object{"email": email, "password": password}, 200)
	c.token, c.refresh = data["token"].(string), data["refresh_token"].(string)
	return data["user"].(object)
}

func main() {
	var needs struct{ Base_URL string }
	text, err := os.ReadFile(os.Args[1])
	if err != nil || json.Unmarshal(text, &needs) != nil {
		fail("cannot read", os.Args[1])
	}
	c := &client{base: needs.Base_URL}
	person := object{"name": "Eve", "email": "eve@go.example", "password": "SecurePass123!"}
	details := c.refused("POST", "/api/auth/register", object{"email": "eve", "password": "short"}, 422, "VALIDATION_ERROR")
	check("what is said of the address", details["email"], []string{"Email is invalid"})
	check("and of the name", details["name"], []string{"Name is required"})
	person["password_confirmation"] = person["password"]
	made := c.call("POST", "/api/auth/register", person, 201)["user"].(object)
	check("the role", made["role"], "user")
	c.refused("POST", "/api/auth/login", object{"email": "eve@go.example", "password": "wrong"}, 401, "INVALID_CREDENTIALS")
	check("who signed in", c.login("eve@go.example", "SecurePass123!")["id"], made["id"])
	before := c.refresh
	c.token = c.call("POST", "/api/auth/refresh", object{"refresh_token": before}, 200)["token"].(string)
	me := c.call("GET", "/api/auth/me", nil, 200)["user"].(object)
	check("the permissions", me["permissions"], []string{"read", "write"})
	me = c.call("PUT", "/api/auth/me", object{"name": "Eve Online"}, 200)["user"].(object)
	check("the new name", me["name"], "Eve Online")

	records := "/api/database/tables/notes/records"
	row := c.call("POST", records, object{"text": "from Go"}, 201)["record"].(object)
	found := c.call("GET", records+"?filter="+url.QueryEscape("text=from Go"), nil, 200)
	check("the rows of the filter", found["records"], []any{row})
	check("their number", found["pagination"].(object)["total"], 1)
	one := fmt.Sprint(records, "/", row["id"])
	row = c.call("PUT", one, object{"text": "changed"}, 200)["record"].(object)
	check("the row", c.call("GET", one, nil, 200)["record"], row)
	check("the end", c.call("DELETE", one, nil, 200)["message"], "Record deleted successfully")
	c.refused("GET", one, nil, 404, "RECORD_NOT_FOUND")

	check("the goodbye", c.call("POST", "/api/auth/logout", nil, 200)["message"], "Logged out successfully")
	c.refused("GET", "/api/auth/me", nil, 401, "TOKEN_INVALID")
	c.refused("POST", "/api/auth/refresh", object{"refresh_token": before}, 401, "TOKEN_INVALID")
	fmt.Println("solobase, Go: signed up, in and out, refreshed, wrote, found, changed, deleted; 5 refusals")
}
