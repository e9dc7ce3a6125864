package main

import (
	"cmp"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"trawl/cmd/trawl/internal/settings"
	"trawl/index"
)

func newConfig(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "config",
		Short: "Show and check the settings",
		Long: `Config shows what the settings are and where they come from, and checks trawl.toml,
the file of all settings. A flag counts above a variable of the environment, that
above the file, and that above the default. trawl help settings lists all of them.`,
		Example: `  trawl config show
  trawl config show --set
  trawl config check /etc/trawl/trawl.toml`,
		Args:        noCommand,
		Annotations: unsettled(),
		RunE:        func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newConfigShow(a), newConfigCheck(a))
	return cmd
}

// unsettled returns the annotations of a command that takes no settings.
func unsettled() map[string]string { return map[string]string{annotatedUnsettled: "true"} }

func newConfigShow(a *app) *cobra.Command {
	var set, asJSON bool
	cmd := &cobra.Command{
		Use:   "show",
		Short: "Print each setting with its value and where that comes from",
		Long: `Show prints all settings, with what holds for a command that is given no flags: from
the environment, from the file, or by default. Passwords and their hashes are not shown.`,
		Args: exactly(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			f, err := a.settings()
			if err != nil {
				return err
			}
			for _, s := range a.shown(cmd.Root(), f) {
				if set && s.From == fromDefault {
					continue
				}
				if err := s.print(a.out, asJSON); err != nil {
					return fmt.Errorf("print settings: %w", err)
				}
			}
			return nil
		},
	}
	cmd.Flags().BoolVar(&set, "set", false, "leave out settings that have their default")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print a JSON object for each setting")
	return cmd
}

// fromDefault says that nobody has set a setting.
const fromDefault = "default"

// shownSetting is a setting as config show prints it.
type shownSetting struct {
	Key      string `json:"key"`
	Value    any    `json:"value"` // text, list of texts, number or truth
	From     string `json:"from"`  // "TRAWL_X", "/etc/trawl/trawl.toml:12" or "default"
	Variable string `json:"variable,omitempty"`
}

// shown returns all settings: first those of flags, in the order of their keys, then what else the file has.
func (a *app) shown(root *cobra.Command, f *settings.File) (all []shownSetting) {
	seen := map[string]bool{}
	for _, s := range allSettings(root) {
		if s.key == "" || seen[s.key] {
			continue
		}
		seen[s.key] = true
		all = append(all, a.shownFlag(f, &s))
	}
	slices.SortFunc(all, func(a, b shownSetting) int { return cmp.Compare(a.Key, b.Key) })
	for _, v := range f.Values() {
		if !seen[v.Key] {
			all = append(all, shownSetting{Key: v.Key, Value: masked(v.Key, v.Value()), From: fmt.Sprintf("%s:%d", f.Path(), v.Line)})
		}
	}
	return all
}

// shownFlag returns the setting of a flag.
func (a *app) shownFlag(f *settings.File, s *setting) shownSetting {
	out := shownSetting{Key: s.key, Value: typed(s, s.fallback()), From: fromDefault, Variable: s.variable}
	if v, ok := f.Value(s.key); ok {
		out.Value, out.From = v.Value(), fmt.Sprintf("%s:%d", f.Path(), v.Line)
	}
	if text := a.env(s.variable); text != "" {
		out.Value, out.From = typed(s, text), s.variable
	}
	if from := a.origins[s.flag]; !s.cmd.HasParent() && strings.HasPrefix(from, "--") { // of all commands, config show too
		out.Value, out.From = typed(s, s.flag.Value.String()), from
	}
	out.Value = masked(s.key, out.Value)
	return out
}

// fallback returns the default of a setting, as a file would have it.
func (s *setting) fallback() string {
	if h, ok := s.flag.Value.(*hostingValue); ok {
		return h.Default
	}
	return strings.Trim(s.flag.DefValue, "[]")
}

// takesList reports whether a setting takes a list.
func (s *setting) takesList() bool {
	if h, ok := s.flag.Value.(*hostingValue); ok {
		return h.List
	}
	return strings.HasSuffix(s.flag.Value.Type(), "Slice") || strings.HasSuffix(s.flag.Value.Type(), "Array")
}

// typed returns a text as the kind of a setting has it.
func typed(s *setting, text string) any {
	if s.takesList() {
		return append([]string{}, settings.SplitList(text)...)
	}
	switch kind := s.flag.Value.Type(); kind {
	case "bool":
		on, err := strconv.ParseBool(cmp.Or(text, "false"))
		if err == nil {
			return on
		}
	case "int", "number":
		if n, err := strconv.Atoi(text); err == nil {
			return n
		}
	}
	return text
}

// masked hides what nobody may see.
func masked(key string, value any) any {
	if settings.IsSecret(key) && value != "" {
		return "********"
	}
	return value
}

// print prints a setting.
//
//	limits.sessions = 100  # /etc/trawl/trawl.toml:12
func (s *shownSetting) print(out *terminal, asJSON bool) error {
	if asJSON {
		return out.json(s)
	}
	text := literal(s.Value)
	if list, ok := s.Value.([]string); ok {
		var items []string
		for _, item := range list {
			items = append(items, literal(item))
		}
		text = "[" + strings.Join(items, ", ") + "]"
	}
	_, err := fmt.Fprintf(out, "%s = %s  # %s\n", index.Visible(s.Key), index.Visible(text), index.Visible(s.From))
	return err
}

// literal writes a value as a file has it.
func literal(value any) string {
	if text, ok := value.(string); ok {
		return strconv.Quote(text)
	}
	return fmt.Sprint(value)
}

func newConfigCheck(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "check [FILE]",
		Short: "Check a file of settings, for units and before a restart",
		Long: `Check reads a file of settings, or else the one that counts, with the variables of the
environment, and prints a line for each fault. The exit code is 0 if there is none, else 2.
It opens no address and no folder: trawl serve --check does.`,
		Example: `  trawl config check
  trawl config check new.toml && mv new.toml /etc/trawl/trawl.toml`,
		Annotations: unsettled(),
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) > 1 {
				return usage(cmd, fmt.Errorf("%q is one argument too many", args[1]))
			}
			return nil
		},
		RunE: func(_ *cobra.Command, args []string) error { return a.checkConfig(args) },
	}
}

// checkConfig checks a file of settings, or the one that is found.
func (a *app) checkConfig(args []string) error {
	if len(args) > 0 {
		path, err := filepath.Abs(args[0])
		if err != nil {
			return fmt.Errorf("check settings: %w", err)
		}
		a.config = path
	} else if err := a.refuseHosting(); err != nil {
		return err
	}
	f, err := a.settings()
	all := []error{err}
	if err == nil {
		_, hosts := a.fileHosts(f, a.hostsFolder(f))
		all = append(a.faults(f), f.Check(), unserved(f), hosts, a.readHashes(f))
	}
	bad := 0
	for _, err := range all {
		var several settings.Faults
		if !errors.As(err, &several) && err != nil {
			several = settings.Faults{err}
		}
		for _, fault := range several {
			a.complain(fault)
			bad++
		}
	}
	if bad > 0 {
		return exitCode(exitBad)
	}
	if f.Path() == "" {
		fmt.Fprintln(a.out, "there is no file of settings; the defaults hold")
		return nil
	}
	fmt.Fprintf(a.out, "%s is good: %s\n", index.Visible(f.Path()), count(int64(len(f.Values())), "setting", "settings"))
	return nil
}

// hostsFolder returns the folder of hosts that the environment or the file names.
func (a *app) hostsFolder(f *settings.File) string {
	if named := a.env("TRAWL_HOSTS_FOLDER"); named != "" {
		return named
	}
	v, _ := f.Value("hosts.folder")
	return f.Resolve(v.Text)
}

// faults returns what is wrong with the values of flags in a file and in the environment. What is hosted takes its own from the environment.
func (a *app) faults(f *settings.File) (all []error) {
	quiet := *a.out
	blank := &app{out: &quiet, err: &quiet, env: a.env, now: a.now, file: f}
	tried := map[string]bool{}
	for _, s := range allSettings(newRoot(blank)) {
		if tried[s.key] {
			continue
		}
		tried[s.key] = true
		if err := blank.settleFlag(s.cmd, f, &s); err != nil {
			all = append(all, err)
		}
	}
	for _, s := range blank.hostingFromEnv(newRoot(blank)) {
		if err := f.Override(&s.Scalar, s.text, s.from); err != nil {
			all = append(all, err)
		}
	}
	f.Default()
	return all
}
