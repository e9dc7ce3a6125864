package main

import (
	"context"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/spf13/pflag"

	"trawl/index"
)

// exportHosts writes the hosts as tables of a file of settings. Passwords are left out.
func exportHosts(ctx context.Context, catalogue index.Hosts, out io.Writer) error {
	hosts, err := catalogue.Hosts(ctx)
	if err != nil {
		return fmt.Errorf("list hosts: %w", err)
	}
	fmt.Fprintln(out, "# Hosts of Trawl: see doc/settings.md. Passwords are not in this file.")
	for i := range hosts {
		if len(hosts[i].Doors) == 0 { // it is not hosted here
			if err := exportHost(&hosts[i], out); err != nil {
				return fmt.Errorf("print hosts: %w", err)
			}
		}
	}
	return nil
}

// exportHost writes a host.
func exportHost(h *index.Host, out io.Writer) error {
	var b strings.Builder
	line := func(key, value string) { fmt.Fprintf(&b, "%s = %s\n", key, value) }
	b.WriteString("\n[[host]]\n")
	line("url", tomlText(string(h.ID)))
	if h.Settings.User != "" {
		line("login", tomlText(h.Settings.User))
	}
	if h.Settings.Password != "" {
		b.WriteString("# password_file = \"...\" # a file that holds the password alone, or \"credential:NAME\"\n")
	}
	flags := pflag.NewFlagSet("", pflag.ContinueOnError)
	settings, plain := h.Settings, pflag.NewFlagSet("", pflag.ContinueOnError)
	settingsFlags(flags, &settings)
	settingsFlags(plain, new(index.Settings))
	flags.VisitAll(func(f *pflag.Flag) {
		if f.Value.String() == plain.Lookup(f.Name).Value.String() {
			return
		}
		value := tomlText(f.Value.String())
		switch f.Value.Type() {
		case "int", "bool":
			value = f.Value.String()
		}
		if list, ok := f.Value.(pflag.SliceValue); ok {
			var items []string
			for _, item := range list.GetSlice() {
				items = append(items, tomlText(item))
			}
			value = "[" + strings.Join(items, ", ") + "]"
		}
		line(strings.ReplaceAll(f.Name, "-", "_"), value)
	})
	_, err := io.WriteString(out, b.String())
	return err
}

// tomlText writes a text as TOML has it: in one line, of printable characters.
func tomlText(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b.WriteString(`\` + string(r))
		case !strconv.IsPrint(r):
			fmt.Fprintf(&b, `\U%08X`, r)
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
	return b.String()
}
