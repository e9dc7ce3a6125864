package main

import (
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"trawl/cmd/trawl/internal/settings"
)

// hostingValue is a flag of a setting of what is hosted. The text of the flag takes the place of what the file says.
type hostingValue struct {
	settings.Scalar

	text string
}

var _ pflag.Value = (*hostingValue)(nil)

// String returns the text, "" if there is none.
func (h *hostingValue) String() string { return h.text }

// Type returns the word for what the flag takes.
func (h *hostingValue) Type() string {
	if h.Bool {
		return "bool"
	}
	return h.Kind
}

// IsBoolFlag lets the flag stand alone.
func (h *hostingValue) IsBoolFlag() bool { return h.Bool }

// Set checks the text and keeps it.
func (h *hostingValue) Set(text string) error {
	if err := settings.CheckScalar(h.Key, text); err != nil {
		return err
	}
	h.text = text
	return nil
}

// shortFlags returns the flags of serve that have a name of their own. The others are left out of --help, and have the name of their key.
func shortFlags() map[string]string {
	return map[string]string{
		"ftp.listen": "ftp", "ftp.root": "root", "ftp.name": "name", "ftp.catalogue": "catalogue",
		"sftp.listen": "sftp", "http.listen": "files-http", "gopher.listen": "gopher",
	}
}

// hostingFlags adds a flag for each setting of what is hosted that a flag can give.
func hostingFlags(cmd *cobra.Command) {
	short := shortFlags()
	for _, s := range settings.Scalars() {
		name, main := short[s.Key], true
		if name == "" {
			name, main = strings.NewReplacer(".", "-", "_", "-").Replace(s.Key), false
		}
		flag := cmd.Flags().VarPF(&hostingValue{Scalar: s}, name, "", s.About)
		flag.Annotations = map[string][]string{annotatedKey: {s.Key}}
		switch {
		case s.Bool:
			flag.NoOptDefVal = "true"
		case s.Key == "ftp.catalogue":
			flag.NoOptDefVal = "/"
		}
		if !main {
			flag.Annotations[annotatedQuiet] = []string{"true"}
		}
	}
}

// given is a setting of what is hosted that a flag or the environment gives.
type given struct {
	settings.Scalar

	text, from string
}

// givenTo returns the settings of what is hosted that flags and the environment give to a command, whose flags are settled.
func (a *app) givenTo(cmd *cobra.Command) (all []given) {
	cmd.Flags().Visit(func(flag *pflag.Flag) {
		if h, ok := flag.Value.(*hostingValue); ok {
			all = append(all, given{h.Scalar, h.text, a.origins[flag]})
		}
	})
	return all
}

// hostingFromEnv returns the settings of what is hosted that the environment gives.
func (a *app) hostingFromEnv(root *cobra.Command) (all []given) {
	for _, s := range allSettings(root) {
		if h, ok := s.flag.Value.(*hostingValue); ok && a.env(s.variable) != "" {
			all = append(all, given{h.Scalar, a.env(s.variable), s.variable})
		}
	}
	return all
}
