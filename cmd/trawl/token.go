package main

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"trawl/cmd/trawl/internal/settings"
	"trawl/index"
	"trawl/web/token"
)

func newToken(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "token",
		Short: "Let programs change hosts over the API",
		Long: `A token lets a program add, change, remove and crawl hosts over the API of trawl serve. It
is a secret: whoever has it may do so. It goes over TLS alone, or from the machine itself.
See doc/api.md.`,
		Example: `  trawl token add backup-job --rights crawl --expires 90d
  trawl token list
  trawl token remove backup-job`,
		Args: noCommand,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newTokenAdd(a), newTokenList(a), newTokenRemove(a))
	return cmd
}

func newTokenAdd(a *app) *cobra.Command {
	var rights []string
	var expires time.Duration
	cmd := &cobra.Command{
		Use:   "add NAME",
		Short: "Make a token and print it, this once",
		Long: `Add makes a token and prints it. Trawl keeps its hash alone, so that nobody can print it
again. The name is for the log of what was done with it. A trawl serve that runs takes it at once.

The rights are read (the settings of hosts, and their errors whole), change (add hosts, change,
pause and resume them), remove and crawl.`,
		Example: `  trawl token add ann
  trawl token add backup-job --rights crawl --expires 90d`,
		Args: exactly("NAME"),
		RunE: func(_ *cobra.Command, args []string) error {
			return a.addToken(args[0], rights, expires)
		},
	}
	var all []string
	for _, r := range token.Rights() {
		all = append(all, string(r))
	}
	cmd.Flags().StringSliceVar(&rights, "rights", all, "what it allows: `rights`, parted by commas")
	settings.DurationVar(cmd.Flags(), &expires, "expires", 0, "after how `long` it ends: 90d; 0 is never")
	completeFrom(cmd, "rights", all...)
	return cmd
}

// addToken makes a token and prints it.
func (a *app) addToken(name string, rights []string, expires time.Duration) error {
	may, err := token.ParseRights(rights)
	if err != nil {
		return fmt.Errorf("token add: %w", err)
	}
	if err := token.CheckName(name); err != nil {
		return fmt.Errorf("token add: %w", err)
	}
	t := token.Token{Name: name, Rights: may, Added: a.now()}
	if expires > 0 {
		t.Expires = a.now().Add(expires)
	}
	tokens, err := a.tokens()
	if err != nil {
		return err
	}
	secret, err := tokens.Add(t)
	if err != nil {
		return err
	}
	fmt.Fprintln(a.out, secret)
	fmt.Fprintln(a.err, "keep it: nobody can print it again")
	return nil
}

func newTokenList(a *app) *cobra.Command {
	return &cobra.Command{
		Use:     "list",
		Short:   "Show the tokens that there are, without their secrets",
		Example: `  trawl token list`,
		Args:    exactly(),
		RunE:    func(*cobra.Command, []string) error { return a.listTokens() },
	}
}

// listTokens prints a line a token.
func (a *app) listTokens() error {
	tokens, err := a.tokens()
	if err != nil {
		return err
	}
	all, err := tokens.List()
	if len(all) == 0 && err == nil {
		fmt.Fprintln(a.err, "there are no tokens; trawl token add NAME makes one")
		return nil
	}
	t := table{heading: []string{"NAME", "RIGHTS", "ADDED, UTC", "EXPIRES, UTC"}, right: make([]bool, 4)}
	for i := range all {
		t.rows = append(t.rows, tokenRow(&all[i], a.now()))
	}
	t.print(a.out)
	return err
}

func tokenRow(t *token.Token, now time.Time) []string {
	var rights []string
	for _, r := range t.Rights {
		rights = append(rights, string(r))
	}
	end := "never"
	if !t.Expires.IsZero() {
		end = date(t.Expires, index.Minute)
	}
	if t.Expired(now) {
		end += " (expired)"
	}
	return []string{t.Name, index.Visible(strings.Join(rights, ",")), date(t.Added, index.Minute), end}
}

func newTokenRemove(a *app) *cobra.Command {
	return &cobra.Command{
		Use:     "remove NAME",
		Short:   "Forget a token, which ends at once",
		Example: `  trawl token remove backup-job`,
		Args:    exactly("NAME"),
		RunE: func(_ *cobra.Command, args []string) error {
			tokens, err := a.tokens()
			if err != nil {
				return err
			}
			if err := tokens.Remove(args[0]); err != nil {
				if errors.Is(err, token.ErrUnknown) {
					return err
				}
				return fmt.Errorf("token remove: %w", err)
			}
			fmt.Fprintln(a.out, "removed", args[0])
			return nil
		},
	}
}
