package main

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"strings"
	"time"
)

// phrases are what people type, letter by letter.
func phrases() []string {
	return []string{
		"debian installer", "linux kernel", "readme", "python3 numpy", "gcc 12", "lib*.so", "firefox esr", "apache2 conf",
		"texlive fonts", "openssl dev", "perl module", "ext:png icon", "type:document", "changelog.debian.gz", "usr share doc",
		"qt6 base", "java runtime", "vim syntax", "size:>1MB", "boost headers",
	}
}

// measureTyping types phrases into the portal, as one reader does: a request for the results and one
// for the completions of each beginning, from the second letter on. A trawl that has no part of
// a page answers with the whole one.
func (b *bench) measureTyping(ctx context.Context) error {
	p, err := b.openPortal(ctx, 2)
	if err != nil {
		return err
	}
	defer p.close()
	var results, completions []time.Duration
	for _, phrase := range phrases() {
		for n := 2; n <= len(phrase); n++ {
			typed := url.QueryEscape(phrase[:n])
			if strings.Contains(phrase, ":") && n < len(phrase) {
				continue // the beginning of a filter is no query
			}
			took, err := p.get(ctx, "/?part=results&q="+typed)
			if err != nil {
				return err
			}
			results = append(results, took)
			if took, err = p.get(ctx, "/api/v1/suggest?q="+typed); err != nil {
				return err
			}
			completions = append(completions, took)
		}
	}
	t := newTable(os.Stdout, fmt.Sprintf("one reader types %d phrases", len(phrases())), "", "keystrokes", "median", "95th percentile", "worst")
	for _, row := range []struct {
		name string
		took []time.Duration
	}{{"results", results}, {"completions", completions}} {
		t.row(row.name, fmt.Sprint(len(row.took)), ms(median(row.took)), ms(percentile(row.took, 95)), ms(percentile(row.took, 100)))
	}
	return t.close()
}
