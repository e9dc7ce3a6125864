package search

import (
	"bytes"
	"slices"
	"strings"
	"testing"
)

func TestRequired(t *testing.T) {
	t.Parallel()
	for expr, want := range map[string][]string{
		`/^readme$/`:                 {"readme"},
		`readme(\.txt)?$`:            {"readme", "readme.txt"},
		`\.(iso|img)$`:               {".iso", ".img"},
		`(foo|bar)baz`:               {"foobaz", "barbaz"},
		`gtk-?3`:                     {"gtk3", "gtk-3"},
		`a.*\.tar\.gz`:               {".tar.gz"},
		`[Kk]ernel`:                  {"kernel"},
		`(?i)KERNEL`:                 {"kernel"},
		`lib[a-z]+\.so\.[0-9]+`:      {".so."},
		`[0-9]{4}-[0-9]{2}-[0-9]{2}`: {"-"},
		`(linux|bsd).*(x86|arm)`:     {"linux", "bsd"},
		`(a|.*)`:                     nil,
		`.*`:                         nil,
		`x*`:                         nil,
		`(one|two|)`:                 nil,
		`Straße`:                     {"strasse"},
		`(ab|cd)(ef|gh)(ij|kl)z`:     strings.Fields("abefijz abefklz abghijz abghklz cdefijz cdefklz cdghijz cdghklz"),
	} {
		expr = strings.Trim(expr, "/")
		var got []string
		for _, text := range required(expr) {
			got = append(got, string(bytes.Clone(text)))
		}
		if !slices.Equal(got, want) {
			t.Errorf("/%s/ requires %q, want %q", expr, got, want)
		}
	}
}
