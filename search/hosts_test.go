package search_test

import (
	"testing"
	"time"

	"trawl/index"
	"trawl/search"
)

// TestNoHost holds the explanation of a query for a host that the catalogue does not have.
func TestNoHost(t *testing.T) {
	c := newCatalogue(t, "kernel.tar", "readme.txt")
	for _, id := range []index.HostID{"ftp://ftp.example.org/", "ftp://ftp.debian.org/", "ftp://mirror.example.net/", "sftp://10.0.0.1:2222/"} {
		if err := c.Update(t.Context(), id, func(*index.Host) error { return nil }); err != nil {
			t.Fatal(err)
		}
	}
	for text, want := range map[string]string{
		"host:ftp.exmaple.org kernel":     "There is no host ftp.exmaple.org; the nearest is ftp.example.org.",
		"host:debain":                     "There is no host debain; the nearest is ftp.debian.org.",
		"kernel host:nosuch":              "There is no host nosuch.",
		"kernel host:*.com":               "There is no host *.com.",
		"kernle host:nosuch":              "There is no host nosuch. No host holds a name with kernle.",
		"host:mirror":                     "Nothing matches host:mirror.", // it is there, and nothing of it is listed
		"host:*.org":                      "Nothing matches host:\"*.org\".",
		"(host:nosuch | host:other) zqzq": "There is no host nosuch. There is no host other. No host holds a name with zqzq.",
		"kernel tar -host:h":              "No host holds that.",
	} {
		answer, err := search.Ask(t.Context(), c, search.Request{Text: text, Budget: -1}, time.Now())
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if got := search.Explain(&answer).Why; got != want {
			t.Errorf("%s: %q, want %q", text, got, want)
		}
	}
}

// TestNearHost holds the offer of a host that is near and has what is asked for.
func TestNearHost(t *testing.T) {
	c := newCatalogue(t, "kernel.tar")
	answer, err := search.Ask(t.Context(), c, search.Request{Text: "kernel host:g", Budget: -1}, time.Now())
	if err != nil || len(answer.Instead) != 1 || answer.Instead[0].Text != "kernel host:h" || answer.Instead[0].Total != 1 {
		t.Errorf("%+v, %v", answer.Nothing, err)
	}
}
