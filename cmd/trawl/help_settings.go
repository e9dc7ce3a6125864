package main

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"trawl/cmd/trawl/internal/man"
)

// settingsTopic returns the topic of all settings.
func settingsTopic() man.Topic {
	t := embeddedTopic("settings", "", 5)
	for _, r := range settingRows(blankRoot()) {
		t.Text += r.lines()
	}
	return t
}

// blankRoot returns the command line as it is before anything is read, for its descriptions.
func blankRoot() *cobra.Command {
	quiet := &terminal{Writer: io.Discard}
	return newRoot(&app{out: quiet, err: quiet, env: func(string) string { return "" }})
}

// helpSettings prints the settings whose key, flag or variable begins with or holds one of some words.
func helpSettings(cmd *cobra.Command, words []string) error {
	found := false
	for _, r := range settingRows(cmd.Root()) {
		if slices.ContainsFunc(words, r.has) {
			found = true
			fmt.Fprint(cmd.OutOrStdout(), r.lines())
		}
	}
	if !found {
		return fmt.Errorf("no setting has %s in its names; trawl help settings lists all", strings.Join(words, " or "))
	}
	return nil
}

// settingRow is a setting as it is listed for people.
type settingRow struct {
	key, variable  string
	flags          []string // "serve --http"; of several commands
	about, without string
}

// settingRows returns all settings, in the order of their keys. Those of --config come first.
func settingRows(root *cobra.Command) (rows []settingRow) {
	for _, s := range allSettings(root) {
		flag := strings.TrimSpace(strings.Join(strings.Fields(s.cmd.CommandPath())[1:], " ") + " --" + s.flag.Name)
		i := slices.IndexFunc(rows, func(r settingRow) bool { return r.variable == s.variable })
		if i >= 0 {
			rows[i].flags = append(rows[i].flags, flag)
			continue
		}
		_, about := pflag.UnquoteUsage(s.flag)
		row := settingRow{key: s.key, variable: s.variable, flags: []string{flag}, about: about}
		if h, ok := s.flag.Value.(*hostingValue); ok {
			row.about = h.About
		}
		if text := s.fallback(); text != "" && text != "0" || s.flag.Value.Type() == "bool" {
			row.without = literal(typed(&s, text))
		}
		rows = append(rows, row)
	}
	slices.SortFunc(rows, func(a, b settingRow) int { return cmp.Compare(a.key, b.key) })
	return rows
}

// has reports whether a name of the setting holds a word.
func (r settingRow) has(word string) bool {
	return strings.Contains(r.key, word) || strings.Contains(r.variable, word) || strings.Contains(strings.Join(r.flags, " "), word)
}

// lines returns the setting as a terminal shows it.
//
//	limits.sessions
//	           serve --limits-sessions, TRAWL_LIMITS_SESSIONS; 2000
//	           most sessions at once
func (r settingRow) lines() string {
	text := "  " + cmp.Or(r.key, "(not in a file)") + "\n             " + strings.Join(append(r.flags, r.variable), ", ")
	if r.without != "" {
		text += "; " + r.without
	}
	return text + "\n             " + r.about + "\n"
}

// hideQuiet leaves the flags out of the help of a command that only topics list.
func hideQuiet(cmd *cobra.Command) {
	cmd.Flags().VisitAll(func(flag *pflag.Flag) {
		if flag.Annotations[annotatedQuiet] != nil {
			flag.Hidden = true
		}
	})
}
