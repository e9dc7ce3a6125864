package main

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"trawl/cmd/trawl/internal/operator"
	"trawl/cmd/trawl/internal/settings"
)

func newBan(a *app) *cobra.Command {
	var length time.Duration
	remove := false
	cmd := &cobra.Command{
		Use:   "ban [ADDRESS...]",
		Short: "Show, add and remove bans of trawl serve",
		Long: `Ban lists the addresses that may not connect to the trawl serve that hosts files from
the data directory, bans others, or ends bans. Too many failed logins ban an address by
themselves; see [guard] in trawl.toml, which also names networks that are never banned.
An IPv6 address stands for its /64. Bans outlast a restart of serve.`,
		Example: `  trawl ban
  trawl ban 192.0.2.7 --for 7d
  trawl ban --remove 192.0.2.7`,
		RunE: func(cmd *cobra.Command, args []string) error {
			addrs, err := addresses(args)
			switch {
			case err != nil:
				return usage(cmd, err)
			case remove && len(addrs) == 0:
				return usage(cmd, errors.New("ADDRESS is missing"))
			case length <= 0:
				return usage(cmd, errors.New("--for is not longer than 0"))
			}
			return a.operate(cmd.Context(), func(o operator.Operator) error {
				if len(addrs) == 0 {
					return a.bans(cmd.Context(), o)
				}
				return a.ban(cmd.Context(), o, addrs, remove, length)
			})
		},
	}
	settings.DurationVar(cmd.Flags(), &length, "for", 24*time.Hour, "how long the bans last")
	cmd.Flags().BoolVar(&remove, "remove", false, "end the bans of the addresses")
	return cmd
}

// addresses reads addresses, and prefixes as ban lists them.
func addresses(args []string) (all []netip.Addr, err error) {
	for _, arg := range args {
		p, err := settings.ParseNetwork(arg)
		if err != nil || !p.IsSingleIP() && (p.Addr().Is4() || p.Bits() != 64) {
			return nil, fmt.Errorf("%q is no address", arg)
		}
		all = append(all, p.Addr())
	}
	return all, nil
}

// ban bans addresses, or ends their bans.
func (a *app) ban(ctx context.Context, o operator.Operator, addrs []netip.Addr, remove bool, length time.Duration) error {
	for _, addr := range addrs {
		what, err := "banned for "+length.String(), error(nil)
		if remove {
			what, err = "no longer banned", o.Unban(ctx, addr)
		} else {
			err = o.Ban(ctx, addr, length)
		}
		if err != nil {
			return fmt.Errorf("ban %s: %w", addr, err)
		}
		fmt.Fprintf(a.out, "%s is %s\n", addr, what)
	}
	return nil
}

// bans prints all bans.
func (a *app) bans(ctx context.Context, o operator.Operator) error {
	all, err := o.Bans(ctx)
	if err != nil {
		return err
	}
	b := table{heading: []string{"address", "until", "left", "failed logins"}, right: []bool{false, false, true, true}}
	for _, ban := range all {
		failed := "by hand"
		if ban.Failed > 0 {
			failed = strconv.Itoa(ban.Failed)
		}
		address := ban.Addr.String()
		if ban.Addr.IsSingleIP() {
			address = ban.Addr.Addr().String()
		}
		b.rows = append(b.rows, []string{address, ban.Until.UTC().Format("2006-01-02 15:04:05"), short(ban.Until.Sub(a.now())), failed})
	}
	b.print(a.out)
	return nil
}
