package main

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"trawl/cmd/trawl/internal/settings"
	"trawl/search/query"
)

// setting is a flag with its other two names: the key of the file, and the variable of the environment.
type setting struct {
	cmd      *cobra.Command
	flag     *pflag.Flag
	key      string // "search.limit"; "" if a file cannot set it
	variable string // "TRAWL_SEARCH_LIMIT"
}

// The annotations of flags.
const (
	annotatedKey   = "trawl_key"   // the key, where it is not that of the command and the flag
	annotatedQuiet = "trawl_quiet" // the flag is left out of --help
)

// keyed gives a flag of a command another key than that of the command and the flag:
//
//	keyed(serve, "http", "portal.listen") => portal.listen and TRAWL_PORTAL_LISTEN, not serve.http and TRAWL_SERVE_HTTP
//
// Flags of several commands may share a key.
func keyed(cmd *cobra.Command, flag, key string) {
	flags := cmd.Flags()
	if flags.Lookup(flag) == nil {
		flags = cmd.PersistentFlags()
	}
	if err := flags.SetAnnotation(flag, annotatedKey, []string{key}); err != nil {
		panic(err) // the flag does not exist
	}
}

// settingOf returns the setting of a flag of a command.
func settingOf(cmd *cobra.Command, flag *pflag.Flag) setting {
	s := setting{cmd: cmd, flag: flag}
	words := append(strings.Fields(cmd.CommandPath())[1:], flag.Name)
	s.key = strings.ReplaceAll(strings.Join(words, "."), "-", "_")
	if key := flag.Annotations[annotatedKey]; len(key) > 0 {
		s.key = key[0]
	}
	s.variable = "TRAWL_" + strings.ToUpper(strings.ReplaceAll(s.key, ".", "_"))
	if s.key == "config" { // a file does not say where it is
		s.key = ""
	}
	return s
}

// isPath reports whether a setting is a path on the disk, as the word says that its help has for the value.
func (s *setting) isPath() bool {
	word, _ := pflag.UnquoteUsage(s.flag)
	return slices.Contains([]string{"file", "folder", "directory"}, strings.ToLower(word))
}

// allSettings returns the settings of a command and of all commands below it.
func allSettings(cmd *cobra.Command) (all []setting) {
	cmd.LocalFlags().VisitAll(func(flag *pflag.Flag) {
		if isSetting(flag) && (cmd.HasParent() || cmd.PersistentFlags().Lookup(flag.Name) != nil) && cmd.InheritedFlags().Lookup(flag.Name) == nil {
			all = append(all, settingOf(cmd, flag))
		}
	})
	for _, below := range cmd.Commands() {
		if !strings.HasPrefix(below.Name(), "__") { // cobra's own, for the shell
			all = append(all, allSettings(below)...)
		}
	}
	return all
}

// isSetting reports whether a flag says how something is done: --help and --version are commands.
func isSetting(flag *pflag.Flag) bool { return flag.Name != "help" && flag.Name != "version" }

// settingsHere returns the settings that a command takes, with those of the commands above it.
func settingsHere(cmd *cobra.Command) (all []setting) {
	cmd.Flags().VisitAll(func(flag *pflag.Flag) { // cobra has put the inherited ones there
		owner := cmd
		for owner.HasParent() && owner.LocalFlags().Lookup(flag.Name) == nil {
			owner = owner.Parent()
		}
		if isSetting(flag) {
			all = append(all, settingOf(owner, flag))
		}
	})
	return all
}

// flagKeys returns the keys of all flags.
func flagKeys(root *cobra.Command) (keys []string) {
	for _, s := range allSettings(root) {
		if s.key != "" {
			keys = append(keys, s.key)
		}
	}
	return keys
}

// settle gives the flags of a command that the command line leaves open what the environment says, or else the file.
func (a *app) settle(cmd *cobra.Command) error {
	if cmd.Annotations[annotatedUnsettled] != "" {
		return nil
	}
	a.warnOfVariables(cmd.Root())
	f, err := a.settings()
	if errors.Is(err, fs.ErrNotExist) && cmd.Annotations[annotatedMakes] != "" {
		f, err = new(settings.File), nil
	}
	if err != nil {
		return err
	}
	for _, s := range settingsHere(cmd) {
		if err := a.settleFlag(cmd, f, &s); err != nil {
			return err
		}
	}
	return nil
}

// The annotations of commands.
const (
	annotatedUnsettled = "trawl_unsettled" // the command takes no settings, so that it works when these are wrong
	annotatedMakes     = "trawl_makes"     // the command makes the file of settings that --config names, if it is not there
)

// settleFlag sets a flag from the environment or the file.
func (a *app) settleFlag(cmd *cobra.Command, f *settings.File, s *setting) error {
	if s.flag.Changed {
		a.origins[s.flag] = "--" + s.flag.Name
		return nil
	}
	if text := a.env(s.variable); text != "" {
		a.origins[s.flag] = s.variable
		return s.give(cmd, settings.Value{Text: text}, s.variable)
	}
	value, ok := f.Value(s.key)
	if _, hosts := s.flag.Value.(*hostingValue); !ok || hosts { // the file has those of hosting itself
		return nil
	}
	at := fmt.Sprintf("%s:%d", f.Path(), value.Line)
	a.origins[s.flag] = at
	if s.isPath() && value.Text != "-" {
		value.Text = f.Resolve(value.Text)
		for i, item := range value.List {
			value.List[i] = f.Resolve(item)
		}
	}
	return s.give(cmd, value, at+": "+s.key)
}

// give sets a flag to a value. The text from says where it comes from, for errors.
func (s *setting) give(cmd *cobra.Command, v settings.Value, from string) error {
	return s.giveTo(cmd.Flags(), v, from)
}

// giveTo is give for the flags that a setting is of.
func (s *setting) giveTo(flags *pflag.FlagSet, v settings.Value, from string) error {
	list, takesList := s.flag.Value.(pflag.SliceValue)
	if !takesList {
		if v.IsList {
			return fmt.Errorf("%s takes one value, not a list", from)
		}
		return refused(flags.Set(s.flag.Name, v.Text), from)
	}
	if !v.IsList {
		v.List = settings.SplitList(v.Text)
	}
	if err := flags.Set(s.flag.Name, ""); err != nil { // it counts as given
		return refused(err, from)
	}
	if err := list.Replace(v.List); err != nil {
		return fmt.Errorf("%s: %w", from, err)
	}
	return nil
}

// refused rewords the error of a flag's value, which Go words for programmers. The text from says where the value stands.
func refused(err error, from string) error {
	var invalid *pflag.InvalidValueError
	if !errors.As(err, &invalid) {
		return err
	}
	value := invalid.GetValue()
	switch invalid.GetFlag().Value.Type() {
	case "int", "int64", "uint", "uint16":
		return fmt.Errorf("%s %q is not a whole number", from, value)
	case "bool":
		return fmt.Errorf("%s %q is neither true nor false", from, value)
	}
	if cause := errors.Unwrap(invalid); cause != nil {
		if strings.HasPrefix(cause.Error(), `"`) { // it begins with the value
			return fmt.Errorf("%s %w", from, cause)
		}
		return fmt.Errorf("%s: %w", from, cause)
	}
	return err
}

// warnOfVariables warns of variables that are meant for Trawl and that no setting has.
func (a *app) warnOfVariables(root *cobra.Command) {
	if !slices.ContainsFunc(a.environ, func(pair string) bool { return strings.HasPrefix(pair, "TRAWL_") }) {
		return
	}
	var all []string
	for _, s := range allSettings(root) {
		all = append(all, s.variable)
	}
	for _, pair := range a.environ {
		name, _, _ := strings.Cut(pair, "=")
		if !strings.HasPrefix(name, "TRAWL_") || slices.Contains(all, name) || isForeign(name) {
			continue
		}
		if near := query.Nearest(name, all); near != "" {
			a.complain(fmt.Errorf("warning: no setting has the variable %s; did you mean %s?", name, near))
			continue
		}
		table, _, _ := strings.Cut(strings.TrimPrefix(name, "TRAWL_"), "_")
		if slices.ContainsFunc(all, func(v string) bool { return strings.HasPrefix(v, "TRAWL_"+table+"_") }) {
			a.complain(fmt.Errorf("warning: no setting has the variable %s; trawl help settings lists them", name))
		}
	}
}

// isForeign reports whether a variable that begins as those of settings has another use: hooks of uploads get it (doc/hosting.md), or
// the tests of Trawl.
func isForeign(variable string) bool {
	name := strings.TrimPrefix(variable, "TRAWL_")
	hooks := []string{"FILE", "PATH", "USER", "PEER", "BYTES", "TIME", "TLS"}
	tests := []string{"CI", "PEERS", "BENCH", "FAULTS", "LOOKS", "SUITES", "CUTS"}
	return slices.Contains(hooks, name) || slices.Contains(tests, name) || strings.HasPrefix(name, "TEST_")
}
