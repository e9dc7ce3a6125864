package main

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

// TestSettingsDoc holds the table of doc/settings.md to the settings that there are. With -update it writes the table.
func TestSettingsDoc(t *testing.T) {
	const path, begin = "../../doc/settings.md", "<!-- all settings: go test ./cmd/trawl -run TestSettingsDoc -update -->\n"
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	text, _, found := strings.Cut(string(data), begin)
	if !found {
		t.Fatalf("%s has no line %s", path, begin)
	}
	want := text + begin + "\n" + settingsTable()
	if *update {
		err = os.WriteFile(path, []byte(want), 0o644)
	} else if string(data) != want {
		err = fmt.Errorf("%s lists other settings than there are; write it anew with -update", path)
	}
	if err != nil {
		t.Error(err)
	}
}

// settingsTable returns a table of all settings for each table of the file.
func settingsTable() string {
	var b strings.Builder
	last := "-"
	for _, r := range settingRows(blankRoot()) {
		table, _, _ := strings.Cut(r.key, ".")
		if !strings.Contains(r.key, ".") {
			table = ""
		}
		if table != last {
			heading := "At the top"
			if table != "" {
				heading = "`[" + table + "]`"
			}
			fmt.Fprintf(&b, "\n### %s\n\n| key | flag | variable | default | |\n|---|---|---|---|---|\n", heading)
			last = table
		}
		key, without := "", ""
		if r.key != "" {
			key = "`" + r.key + "`"
		}
		if r.without != "" {
			without = "`" + r.without + "`"
		}
		about := strings.NewReplacer("|", "&#124;", "*", `\*`, "_", `\_`, "<", "&lt;").Replace(r.about)
		fmt.Fprintf(&b, "| %s | `%s` | `%s` | %s | %s |\n", key, strings.Join(r.flags, "`, `"), r.variable, without, about)
	}
	return strings.TrimPrefix(b.String(), "\n")
}
