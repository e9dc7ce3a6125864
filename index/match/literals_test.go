package match

import (
	"bytes"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"trawl/search/fold"
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
		`λίνα`:                       {"να"},
		`x[ιk]y`:                     {"x"},
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

// FuzzRequired compares the texts that an expression requires with its matches.
func FuzzRequired(f *testing.F) {
	for _, name := range []string{"readme.txt", "Straße", "x\u0345", "\u212aernel", "e\u0301", "gtk-3", "İı"} {
		f.Add("(linux|bsd|x?).*(x86|arm)?", name)
		f.Add("[Kkι]"+name, name)
		f.Add("^"+name+"+$", name+name)
	}
	f.Add("λι", "λ\u0345")
	f.Add(`a?\.(iso|im[gh])$`, "ab.img")
	f.Fuzz(func(t *testing.T, expr, name string) {
		if len(expr) > 100 || !utf8.ValidString(expr+name) {
			return
		}
		for _, full := range []string{expr, "(?i:" + expr + ")"} {
			re, err := regexp.Compile(full)
			if err == nil && re.MatchString(name) && !holdsOne([]byte(fold.String(name)), required(expr)) {
				t.Errorf("/%s/ matches %q, which holds none of %q", full, name, required(expr))
			}
			ends, ok := requiredEnd(expr).(Ext)
			if end := EndOf([]byte(fold.String(name))); err == nil && ok && re.MatchString(composed(name)) && !slices.Contains(ends.Values, string(end)) {
				t.Errorf("/%s/ matches %q, which ends in none of %q", full, name, ends.Values)
			}
		}
	})
}
