package api

import (
	"errors"
	"net/url"
	"strings"
	"testing"

	"trawl/index"
)

// TestParseSettings holds bodies to what all readers of JSON agree on.
func TestParseSettings(t *testing.T) {
	for body, want := range bodies() {
		got, err := parseSettings([]byte(body))
		var said string
		if wrong, ok := errors.AsType[*problem](err); ok {
			said = string(wrong.kind)
		} else if err == nil && got["a"] != nil {
			said = "=" + *got["a"]
		}
		if said != want {
			t.Errorf("%.60s: %q, %v; want %q", body, said, err, want)
		}
	}
}

func bodies() map[string]string {
	return map[string]string{
		`{}`: "", ` { "a" : "1d" } `: "=1d", `{"a":5}`: "=5", `{"a":1e400}`: "=1e400", `{"a":true}`: "=true", `{"a":null}`: "", `{"a":[]}`: "",
		`{"a":["x","y,z"]}`: `=x,"y,z"`, `{"a":[1]}`: "field", `{"a":{"b":1}}`: "field", `{"a":"x\ny"}`: "field", `{"a":"\u0000"}`: "field",
		`{"a":1,"a":2}`: "body", `{"a":1,"\u0061":2}`: "body", `{"a":1}{}`: "body", `{"a":1} x`: "body", `[]`: "body", `"a"`: "body", ``: "body", `{"a":`: "body", `{"a":1`: "body", `{a:1}`: "body",
		strings.Repeat("[", 60000):                     "body",
		`{"a":` + strings.Repeat("[", 60000) + `}`:     "body",
		`{"a":` + strings.Repeat(`{"a":`, 11000) + `}`: "body",
	}
}

// FuzzParseSettings holds any body to being read or refused.
func FuzzParseSettings(f *testing.F) {
	for body := range bodies() {
		f.Add([]byte(body))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		got, err := parseSettings(body)
		if _, known := errors.AsType[*problem](err); err != nil && !known {
			t.Fatal(err)
		}
		for name, value := range got {
			if value != nil && strings.ContainsAny(*value, "\x00\r\n") {
				t.Fatalf("%q is %q", name, *value)
			}
		}
		if strings.ContainsAny(got.names(), "\r\n\x1b") {
			t.Fatalf("the log gets %q", got.names())
		}
	})
}

// FuzzParameters holds parameters of directories and news to being read or refused, whatever a cursor holds.
func FuzzParameters(f *testing.F) {
	for _, q := range []string{"n=5&cursor=3", "sort=size&reverse=1", "since=2026-01-01&host=ftp://h/", "cursor=18446744073709551616", "n=-1", "q=size:%3E1&cursor=\xff", "since=9999999-01-01"} {
		f.Add(q)
	}
	a := &api{Options: Options{Schemes: index.NewSchemes(index.Scheme{Name: "ftp", Port: 21})}}
	f.Fuzz(func(t *testing.T, query string) {
		q, err := url.ParseQuery(query)
		if err != nil {
			return
		}
		if look, err := readLook(q); err == nil && (look.Offset < 0 || look.Limit < 1 || look.Limit > 1000) {
			t.Fatalf("%+v", look)
		}
		if f, err := a.readNewsFilter(q, nil); err == nil && (f.Limit < 1 || f.Limit > 1000) {
			t.Fatalf("%+v", f)
		}
	})
}
