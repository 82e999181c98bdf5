// After the samples of MoonDB's documentation: sign up and read with the public key.
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
)

func check(good bool, what any) {
	if !good {
		panic(fmt.Sprint(what))
	}
}

func main() {
	var needs map[string]string
	text, err := os.ReadFile(os.Args[1])
	check(err == nil, err)
	check(json.Unmarshal(text, &needs) == nil, "needs")
	base := needs["base_url"] + "/p/" + needs["project_id"]
	call := func(method, path string, body any, header, value string) (int, map[string]any) {
		sent, _ := json.Marshal(body)
		request, _ := http.NewRequest(method, base+path, bytes.NewReader(sent))
		request.Header.Set("Content-Type", "application/json")
		if header != "" {
			request.Header.Set(header, value)
		}
		response, err := http.DefaultClient.Do(request)
		check(err == nil, err)
		defer response.Body.Close()
		var answer map[string]any
		check(json.NewDecoder(response.Body).Decode(&answer) == nil, "no JSON")
		return response.StatusCode, answer
	}
	status, answer := call("POST", "/auth/signup", map[string]any{"email": "eve@moondb.example", "password": "correct horse battery"}, "", "")
	check(status == 201, answer)
	token := answer["data"].(map[string]any)["token"].(string)
	status, answer = call("GET", "/auth/me", nil, "Authorization", "Bearer "+token)
	check(status == 200, answer)
	status, answer = call("GET", "/api/posts", nil, "X-Public-Key", needs["public_key"])
	check(status == 200 && answer["meta"] != nil, answer)
	fmt.Println("moondb client in Go: signed up, read")
}
