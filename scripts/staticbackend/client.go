// After the documented samples of StaticBackend in Go, whose own module is fetched from nowhere here: the calls have the
// names and arguments that they have there, so that the program reads as an application's does.
package main

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
)

type object = map[string]any

// task is a document with fields of its own beside the two that every document gets.
type task struct {
	ID        string `json:"id,omitempty"`
	AccountID string `json:"accountId,omitempty"`
	Title     string `json:"title"`
	Done      bool   `json:"done"`
	Hours     int    `json:"hours"`
}

// backend is what an application sets first: where the server is, and whose database.
type backend struct{ url, publicKey string }

func (b backend) request(method, path, token string, body, into any) error {
	sent, err := json.Marshal(body)
	if err != nil {
		return err
	}
	request, err := http.NewRequest(method, b.url+path, bytes.NewReader(sent))
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("SB-PUBLIC-KEY", b.publicKey)
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		return err
	}
	if response.StatusCode > 299 {
		return fmt.Errorf("%d %s", response.StatusCode, strings.TrimSpace(string(text)))
	}
	return json.Unmarshal(text, into)
}

// page is a list as the server gives it; rows go where Results points.
type page struct {
	Page, Size, Total int
	Results           any
}

func (b backend) Register(email, password string) (token string, err error) {
	err = b.request("POST", "/register", "", object{"email": email, "password": password}, &token)
	return
}

func (b backend) Login(email, password string) (token string, err error) {
	err = b.request("POST", "/login", "", object{"email": email, "password": password}, &token)
	return
}

func (b backend) Create(token, repo string, body, into any) error {
	return b.request("POST", "/db/"+repo, token, body, into)
}

func (b backend) GetByID(token, repo, id string, into any) error {
	return b.request("GET", "/db/"+repo+"/"+id, token, nil, into)
}

func (b backend) Update(token, repo, id string, body, into any) error {
	return b.request("PUT", "/db/"+repo+"/"+id, token, body, into)
}

func (b backend) Delete(token, repo, id string) (n int, err error) {
	err = b.request("DELETE", "/db/"+repo+"/"+id, token, nil, &n)
	return
}

func (b backend) List(token, repo string, into any, page_, size int) (page, error) {
	meta := page{Results: into}
	query := url.Values{"page": {fmt.Sprint(page_)}, "size": {fmt.Sprint(size)}, "desc": {"true"}}
	return meta, b.request("GET", "/db/"+repo+"?"+query.Encode(), token, nil, &meta)
}

func (b backend) Find(token, repo string, clauses [][]any, into any) (page, error) {
	meta := page{Results: into}
	err := b.request("POST", "/query/"+repo+"?sort=hours", token, clauses, &meta)
	return meta, err
}

func must(what string, err error) {
	if err != nil {
		fail(what, err)
	}
}

func fail(what string, more any) {
	fmt.Fprintln(os.Stderr, "staticbackend, Go:", what+":", more)
	os.Exit(1)
}

func check(what string, found, wanted any) {
	if fmt.Sprint(found) != fmt.Sprint(wanted) {
		fail(what, fmt.Sprint(found, " and not ", wanted))
	}
}

func refused(what string, status int, err error) {
	if err == nil {
		err = errors.New("not refused")
	}
	check(what, err.Error()[:3], status)
}

func main() {
	var needs map[string]string
	text, err := os.ReadFile(os.Args[1])
	must("what `surface enable` printed", err)
	must("what `surface enable` printed", json.Unmarshal(text, &needs))
	b := backend{needs["base_url"], needs["public_key"]}

	_, err = b.Register("grace@shop.test", "correct horse")
	must("register", err)
	_, err = b.Register("GRACE@shop.test", "another horse")
	refused("the same address", 500, err)
	_, err = b.Login("grace@shop.test", "wrong")
	refused("a wrong password", 401, err)
	token, err := b.Login("grace@shop.test", "correct horse")
	must("login", err)
	var me struct {
		AccountID, UserID, Email string
		Role                     int
	}
	must("me", b.request("GET", "/me", token, nil, &me))
	check("who it is", fmt.Sprint(me.Email, " ", me.Role), "grace@shop.test 50")

	var one task
	must("create", b.Create(token, "chores", task{Title: "My first to-do item", Hours: 2}, &one))
	check("whose task it is", one.AccountID, me.AccountID)
	var all bool
	must("create in bulk", b.request("POST", "/db/chores?bulk=1", token, []task{{Title: "long", Hours: 10}, {Title: "done", Done: true, Hours: 3}}, &all))
	check("in bulk", all, true)
	var same task
	must("get", b.GetByID(token, "chores", one.ID, &same))
	check("the same task", same, one)
	var tasks []task
	meta, err := b.List(token, "chores", &tasks, 1, 2)
	must("list", err)
	check("a page", fmt.Sprint(len(tasks), " of ", meta.Total), "2 of 3")
	tasks = nil
	meta, err = b.Find(token, "chores", [][]any{{"done", "=", false}, {"hours", ">", 1}}, &tasks)
	must("find", err)
	// Ten is more than two, which it would not be among texts.
	check("what is to do", fmt.Sprint(meta.Total, tasks[0].Title, tasks[1].Title), "2My first to-do itemlong")
	_, err = b.Find(token, "chores", [][]any{{"hours", "near", 1}}, &tasks)
	refused("an unknown operator", 400, err)

	must("update", b.Update(token, "chores", one.ID, object{"done": true}, &same))
	check("a changed task", fmt.Sprint(same.Title, same.Done), "My first to-do itemtrue")
	must("increase", b.request("PUT", "/inc/chores/"+one.ID, token, object{"field": "hours", "range": 5}, &all))
	var count struct{ Count int }
	must("count", b.request("POST", "/db/count/chores", token, [][]any{{"hours", ">=", 7}}, &count))
	check("counted", count.Count, 2)
	n, err := b.Delete(token, "chores", one.ID)
	must("delete", err)
	check("deleted", n, 1)
	refused("what is gone", 404, b.GetByID(token, "chores", one.ID, &same))
	clauses, err := json.Marshal([][]any{{"done", "=", true}})
	must("clauses", err)
	must("delete in bulk", b.request("DELETE", "/db/chores?bulk=1&x="+base64.StdEncoding.EncodeToString(clauses), token, nil, &n))
	check("deleted in bulk", n, 1)

	// Somebody else of the account reads, and does not write; somebody of no account sees nothing.
	var bob object
	must("add a user", b.request("POST", "/account/users", token, object{"email": "rob@shop.test", "password": "correct horse"}, &bob))
	bobs, err := b.Login("rob@shop.test", "correct horse")
	must("the added user's login", err)
	tasks = nil
	_, err = b.List(bobs, "chores", &tasks, 1, 25)
	must("the added user's list", err)
	check("what they see", len(tasks), 1)
	refused("what they may not change", 403, b.Update(bobs, "chores", tasks[0].ID, object{"done": true}, &same))
	eves, err := b.Register("eve@shop.test", "correct horse")
	must("register", err)
	meta, err = b.List(eves, "chores", &tasks, 1, 25)
	must("a stranger's list", err)
	check("what a stranger sees", meta.Total, 0)
	must("remove a user", b.request("DELETE", fmt.Sprint("/account/users/", bob["id"]), token, nil, &all))
	_, err = b.List(bobs, "chores", &tasks, 1, 25)
	refused("a removed user's token", 400, err)

	// The trusted side.
	tasks = nil
	meta = page{Results: &tasks}
	must("the root's list", b.request("GET", "/sudo/chores", needs["root_token"], nil, &meta))
	check("what the root sees", meta.Total, 1)
	refused("a session where the root's token belongs", 400, b.request("GET", "/sudo/chores", token, nil, &meta))
	fmt.Println("staticbackend, Go: registered, signed in, wrote three, found two, changed, counted, deleted; accounts, root; 7 refusals")
}
