package main

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"trawl/cmd/trawl/internal/settings"
	"trawl/crawler"
	"trawl/crawler/listing"
	"trawl/index"
)

func newAdd(a *app) *cobra.Command {
	var want index.Settings
	var unchecked bool
	cmd := &cobra.Command{
		Use:   "add URL...",
		Short: "Remember hosts",
		Long: `Add remembers hosts, which trawl crawl lists, and trawl serve lists on schedule.
For a host that is already remembered, it changes the settings that are given.

The name of a new host must exist, unless --unchecked is given or the host is reached
through a --proxy. Where no resolver answers, the host is added with a note.

A host that is a part of another one is refused, such as ftp://h/pub/ beside ftp://h/:
its files would be found twice. The exit code is 1 if some hosts were refused, 2 if
all were.`,
		Example: `  trawl add ftp.example.org --every 24h
  trawl add ftp://ftp.example.org:2121/pub/ --charset windows-1251 --window 22:00-06:00
  trawl add sftp://me@nas.example.org/srv/ --key ~/.ssh/id_ed25519`,
		Args: atLeastOne("the URL of a host"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := checkSettings(&want); err != nil {
				return err
			}
			if want.KeyFile != "" { // crawls start elsewhere
				var err error
				if want.KeyFile, err = filepath.Abs(want.KeyFile); err != nil {
					return fmt.Errorf("add: --key: %w", err)
				}
			}
			return a.create(cmd.Context(), func(ctx context.Context, e engine) error {
				return add(ctx, e, a, args, unchecked || want.Proxy != "", a.merging(cmd.Flags()))
			})
		},
	}
	settingsFlags(cmd.Flags(), &want)
	cmd.Flags().BoolVar(&unchecked, "unchecked", false, "add hosts whose names do not exist, or not yet, or not here")
	return cmd
}

// settingsFlags binds the flags of add to the settings of a host. The settings are the
// defaults of the flags.
func settingsFlags(flags *pflag.FlagSet, s *index.Settings) {
	settings.DurationVar(flags, &s.Every, "every", s.Every, "how often to crawl: 12h, 1d or 2w; 0 is only on demand")
	flags.StringVar(&s.Charset, "charset", s.Charset, "`charset` of the names; else it is detected")
	flags.IntVar(&s.Connections, "connections", s.Connections, "most connections at once")
	flags.IntVar(&s.Rate, "rate", s.Rate, "most commands a second")
	settings.RateVar(flags, &s.Bandwidth, "bandwidth", s.Bandwidth, "most bytes a second: 2MiB/s")
	flags.StringVar(&s.Window, "window", s.Window, "daily `hours` in which to crawl: 22:00-06:00")
	flags.StringVar(&s.TLS, "tls", s.TLS, "`mode` of TLS, explicit or implicit; else as the scheme says")
	flags.StringVar(&s.Pin, "pin", s.Pin, "the only `fingerprint` of a certificate (SHA-256) or host key (SHA256:...) to trust")
	flags.BoolVar(&s.Insecure, "insecure", s.Insecure, "trust any certificate or host key")
	flags.BoolVar(&s.Weak, "weak", s.Weak, "allow algorithms of SSH that are known to be weak")
	flags.StringVar(&s.KeyFile, "key", s.KeyFile, "`file` of an SSH private key")
	flags.StringVar(&s.Proxy, "proxy", s.Proxy, "`URL` of a proxy, socks5://HOST:PORT or http://HOST:PORT")
	flags.BoolVar(&s.Active, "active", s.Active, "allow active mode where passive is impossible")
	flags.BoolVar(&s.Follow, "follow", s.Follow, "allow connections to other addresses that the host names")
	flags.StringSliceVar(&s.Ways, "ways", s.Ways, "the only `ways` of listing to use: MLSD,LIST")
	flags.BoolVar(&s.Paused, "paused", s.Paused, "leave the host alone: no schedule crawls it until --paused=false")
}

// settingError is the error of a setting that no crawl could follow. It is named as its flag.
type settingError struct{ setting, why string }

// Error says what the command add says.
func (e *settingError) Error() string { return "add: " + e.why }

// wrongSetting returns the error of a setting.
func wrongSetting(setting, format string, args ...any) error {
	return &settingError{setting, fmt.Sprintf(format, args...)}
}

// checkSettings returns an error for settings that no crawl could follow.
func checkSettings(s *index.Settings) error {
	if _, err := crawler.ParseWindow(s.Window); err != nil {
		return wrongSetting("window", "%v", err)
	}
	switch s.TLS {
	case "", "explicit", "implicit":
	default:
		return wrongSetting("tls", "--tls %q is neither explicit nor implicit", s.TLS)
	}
	if _, err := listing.NewDecoder(s.Charset, ""); err != nil {
		return wrongSetting("charset", "%v", err)
	}
	if via, err := url.Parse(s.Proxy); s.Proxy != "" && (err != nil || via.Host == "" || !slices.Contains([]string{"socks5", "socks5h", "http"}, via.Scheme)) {
		return wrongSetting("proxy", "--proxy %q is neither socks5://HOST:PORT nor http://HOST:PORT", s.Proxy)
	}
	if err := checkPin(s.Pin); err != nil {
		return err
	}
	if s.KeyFile != "" {
		if _, err := os.Stat(s.KeyFile); err != nil {
			return wrongSetting("key", "--key: open %s: %v", s.KeyFile, errors.Unwrap(err))
		}
	}
	return errors.Join(checkWays(s.Ways), checkNumbers(s))
}

// checkPin refuses a text that is no fingerprint. That of a certificate has 32 bytes in
// hex, as openssl and browsers print them; that of a host key is as ssh-keygen -l prints it.
func checkPin(pin string) error {
	if pin == "" {
		return nil
	}
	key, isKey := strings.CutPrefix(pin, "SHA256:")
	sum, err := hex.DecodeString(strings.ReplaceAll(pin, ":", ""))
	if isKey {
		sum, err = base64.RawStdEncoding.DecodeString(strings.TrimRight(key, "="))
	}
	if err != nil || len(sum) != sha256.Size {
		return wrongSetting("pin", "--pin %q is no fingerprint: that of a certificate has 64 hex digits, that of a host key is SHA256: and 43 characters", pin)
	}
	return nil
}

// checkWays refuses a way that no source has. The names of published lists are ways too,
// and not all of them are known: ls-lR.gz, find-ls.gz.
func checkWays(ways []string) error {
	var known []string
	for _, scheme := range schemes().All() {
		for _, way := range scheme.Ways {
			if !slices.Contains(known, way) {
				known = append(known, way)
			}
		}
	}
	for _, way := range ways {
		if !strings.Contains(way, ".") && !slices.ContainsFunc(known, func(k string) bool { return strings.EqualFold(k, way) }) {
			return wrongSetting("ways", "there is no way %q; the ways are %s", way, strings.Join(known, ", "))
		}
	}
	return nil
}

// checkNumbers refuses negative numbers, and crawls that are too frequent.
func checkNumbers(s *index.Settings) error {
	for _, set := range []struct {
		flag string
		n    int
	}{{"connections", s.Connections}, {"rate", s.Rate}, {"bandwidth", s.Bandwidth}} {
		if set.n < 0 {
			return wrongSetting(set.flag, "--%s %d is negative", set.flag, set.n)
		}
	}
	if s.Every < 0 || s.Every > 0 && s.Every < time.Minute {
		return wrongSetting("every", "--every %s is too often; the shortest is a minute", s.Every)
	}
	return nil
}

// merging returns a change that sets the settings whose flags were given. Values of the environment and of the file are for hosts that are new.
func (a *app) merging(given *pflag.FlagSet) func(*index.Host) {
	return func(h *index.Host) {
		plain := h.Settings
		plain.User, plain.Password = "", "" // of the URL
		fresh := reflect.ValueOf(plain).IsZero() && h.Health.LastCrawl.IsZero()
		into := pflag.NewFlagSet("", pflag.PanicOnError)
		settingsFlags(into, &h.Settings)
		given.Visit(func(f *pflag.Flag) {
			to := into.Lookup(f.Name)
			if from := a.origins[f]; to == nil || !fresh && from != "" && !strings.HasPrefix(from, "--") {
				return
			}
			if list, ok := f.Value.(pflag.SliceValue); ok {
				to.Value.(pflag.SliceValue).Replace(list.GetSlice()) //nolint:errcheck,forcetypeassert // the same flag
				return
			}
			to.Value.Set(f.Value.String()) //nolint:errcheck // it was read from the same flag
		})
	}
}

// done says what add has done with a host that was known or not, and whose settings were given or not.
func done(known, given bool) string {
	switch {
	case known && given:
		return "changed"
	case known:
		return "known"
	}
	return "added"
}

// add remembers the hosts of some URLs and lets change set them up. It reports hosts that
// overlap with others, and those whose names do not exist, and leaves them out.
func add(ctx context.Context, catalogue index.Hosts, a *app, urls []string, unchecked bool, change func(*index.Host)) error {
	hosts, err := readHosts(ctx, catalogue)
	if err != nil {
		return fmt.Errorf("add: %w", err)
	}
	names := nameChecker{app: a, hosts: hosts}
	refused := 0
	for _, url := range urls {
		of, user, _, err := schemes().Parse(url)
		if err == nil && !unchecked {
			err = names.check(ctx, of)
		}
		if errors.Is(err, errNoName) {
			refused++
			a.complain(fmt.Errorf("add %s: %w; trawl add --unchecked adds it all the same", of, err))
			continue
		}
		if err != nil {
			return err
		}
		given := user != ""
		id, was, err := hosts.remember(ctx, url, a.now(), func(h *index.Host) {
			before := h.Settings
			before.Ways = slices.Clone(before.Ways)
			change(h)
			given = given || !reflect.DeepEqual(before, h.Settings)
		})
		if errors.Is(err, errOverlap) {
			refused++
			a.complain(err)
			continue
		}
		if err != nil {
			return err
		}
		fmt.Fprintln(a.out, done(was, given), id)
	}
	switch refused {
	case 0:
		return nil
	case len(urls):
		return exitCode(exitBad)
	}
	return exitCode(exitSome)
}
