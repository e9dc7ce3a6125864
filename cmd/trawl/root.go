package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// newRoot builds the command line over a.
func newRoot(a *app) *cobra.Command {
	a.origins = map[*pflag.Flag]string{}
	root := &cobra.Command{
		Use:   "trawl",
		Short: "The search engine for FTP: which host holds this file?",
		Long: "Trawl crawls servers (" + schemes().String() + `), keeps their listings, and
finds the hosts that hold a file: in a terminal, on a web portal, over a JSON API.`,
		Example: `  trawl demo                                  # a sample archive, crawled and searchable
  trawl crawl ftp.example.org                 # remember a server and list it
  trawl search 'debian *.iso size:>700MB'     # which host holds it?
  trawl serve                                 # the portal, the API and the schedule`,
		Version:       version(),
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          noCommand,
		Annotations:   unsettled(),
		RunE:          func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.SuggestionsMinimumDistance = 2
	root.CompletionOptions.DisableDefaultCmd = true
	root.SetVersionTemplate("trawl " + thisBuild().String() + "\n")
	root.SetIn(a.in)
	root.SetOut(a.out)
	root.SetErr(a.err)
	root.PersistentFlags().StringVar(&a.data, "data", "",
		"data `directory` (else $TRAWL_DATA, else trawl in $XDG_DATA_HOME or ~/.local/share)")
	a.logging.flags(root)
	keyed(root, "log-level", "log.level")
	keyed(root, "log-format", "log.format")
	root.PersistentFlags().StringVar(&a.config, "config", "",
		"`file` of settings (else $TRAWL_CONFIG, else trawl.toml in the data directory, $XDG_CONFIG_HOME/trawl or /etc/trawl)")
	root.PersistentPreRunE = func(cmd *cobra.Command, _ []string) error { return a.settle(cmd) }
	root.PersistentFlags().Var(&colorFlag{app: a, value: "auto"}, "color", "colour output: auto, always or never; auto obeys NO_COLOR, CLICOLOR and CLICOLOR_FORCE")
	completeFrom(root, "color", colors()...)
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return usage(cmd, plain(cmd, err))
	})
	root.SetHelpCommand(newHelp())
	root.AddCommand(
		newAdd(a), newRemove(a), newCrawl(a), newSearch(a), newGet(a), newLs(a), newDu(a), newHosts(a), newImport(a),
		newListing(a), newDiscover(a), newServe(a), newPasswd(a), newToken(a), newStatus(a), newWho(a), newKick(a), newBan(a), newDemo(a), newConfig(a), newCheck(a), newRebuild(a), newCompact(a),
		newBackup(a), newRestore(a),
		newVersion(a), newCompletion(), newMan(a),
	)
	helpTopics(root)
	return root
}

// completeFrom lets the shell complete a flag with values.
func completeFrom(cmd *cobra.Command, flag string, values ...string) {
	err := cmd.RegisterFlagCompletionFunc(flag, cobra.FixedCompletions(values, cobra.ShellCompDirectiveNoFileComp))
	if err != nil {
		panic(err) // the flag does not exist
	}
}

// noCommand returns an error that proposes the nearest command.
func noCommand(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	mend := "trawl --help lists them"
	if near := cmd.SuggestionsFor(args[0]); len(near) > 0 {
		mend = "did you mean " + strings.Join(near, " or ") + "?"
	}
	return fmt.Errorf("no command %q; %s", args[0], mend)
}

// plain rewords the error of a flag's value, which Go words for programmers.
func plain(cmd *cobra.Command, err error) error {
	var unknown *pflag.NotExistError
	if errors.As(err, &unknown) && unknown.GetSpecifiedShortnames() != "" && (cmd.Name() == "search" || cmd.Name() == "get") {
		letter := unknown.GetSpecifiedName()
		return fmt.Errorf("there is no flag -%s; to leave out what has the word %s, write NOT %s", letter, letter, letter)
	}
	if invalid, ok := errors.AsType[*pflag.InvalidValueError](err); ok {
		return refused(err, "--"+invalid.GetFlag().Name)
	}
	return err
}

// usage makes err the error of a wrong command line, with a hint to the help.
func usage(cmd *cobra.Command, err error) error {
	if cmd.HasParent() {
		return fmt.Errorf("%s: %w; see %s --help", cmd.Name(), err, cmd.CommandPath())
	}
	return fmt.Errorf("%w; see %s --help", err, cmd.Name())
}

// exactly returns a check for n arguments, each named for the error message.
func exactly(names ...string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		switch {
		case len(args) < len(names):
			return usage(cmd, fmt.Errorf("%s is missing", names[len(args)]))
		case len(args) > len(names):
			return usage(cmd, fmt.Errorf("%q is one argument too many", args[len(names)]))
		}
		return nil
	}
}

// atLeastOne checks that there is an argument.
func atLeastOne(name string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) == 0 {
			return usage(cmd, errors.New(name+" is missing"))
		}
		return nil
	}
}
