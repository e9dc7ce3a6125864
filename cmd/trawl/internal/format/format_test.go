package format_test

import (
	"strings"
	"testing"

	"trawl/cmd/trawl/internal/format"
)

var fields = []string{"url", "size", "name"}

func TestFormat(t *testing.T) {
	for _, tt := range []struct {
		template, want string
		ended          bool
	}{
		{"%{url}", "<url>", false},
		{`%{size}\t%{url}\n`, "<size>\t<url>\n", true},
		{`%{url}\0`, "<url>\x00", true},
		{`\n%{url}`, "\n<url>", false},
		{`\n%{url}\n%%`, "\n<url>\n%", false},
		{`100%%{url} %{name}\\n`, `100%{url} <name>\n`, false},
	} {
		f, err := format.Parse(tt.template, fields)
		if err != nil {
			t.Errorf("%s: %v", tt.template, err)
			continue
		}
		got := string(f.Append(nil, func(field string) string { return "<" + field + ">" }))
		if got != tt.want || f.Ended() != tt.ended {
			t.Errorf("%s: %q, ended %v, want %q, %v", tt.template, got, f.Ended(), tt.want, tt.ended)
		}
	}
}

func TestRefused(t *testing.T) {
	for template, want := range map[string]string{
		"":             "it names no field, such as %{url}; there are url, size, name",
		"{url}":        "it names no field, such as %{url}; there are url, size, name",
		"%{ulr}":       `there is no field "ulr"; did you mean %{url}?`,
		"%{colour}":    `there is no field "colour"; there are url, size, name`,
		"%u":           "a field is written %{url}, and a percent sign %%",
		"%{url":        "%{url has no closing brace",
		`%{url}\q`:     `there is no escape \q; there are \n, \r, \t, \0 and \\`,
		`%{url}\`:      `a backslash at the end escapes nothing; write it as \\`,
		"%{name}%":     "a field is written %{url}, and a percent sign %%",
		"%{url%{name}": `there is no field "url%{name"; there are url, size, name`,
	} {
		if _, err := format.Parse(template, fields); err == nil || err.Error() != want {
			t.Errorf("%s: %v, want %s", template, err, want)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{`%{url}\n`, "%%{", `\`, "%{url", "{"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, template string) {
		read, err := format.Parse(template, fields)
		if err != nil {
			return
		}
		got := string(read.Append(nil, func(string) string { return "" }))
		if read.Ended() != (strings.HasSuffix(got, "\n") || strings.HasSuffix(got, "\x00")) && !strings.HasSuffix(template, "}") {
			t.Errorf("%q: ended %v, %q", template, read.Ended(), got)
		}
	})
}
