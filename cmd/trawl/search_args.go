package main

import (
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// searchArgs lets a query hold -word: it moves the arguments of search, and those of get if
// none is a URL, that are not flags behind "--", in their order.
//
//	search kernel -src -n 5  => search -n 5 -- kernel -src
//
// A single letter behind a dash that is no flag stays before "--", so that it is refused: other programs have such flags.
// Other command lines stay as they are.
func searchArgs(root *cobra.Command, args []string) []string {
	cmd, rest, err := root.Find(args)
	if err != nil || cmd.Name() != "search" && (cmd.Name() != "get" || slices.ContainsFunc(rest, isURL)) {
		return args
	}
	flags := []string{cmd.Name()}
	var words []string
	for i := 0; i < len(rest); i++ {
		arg := rest[i]
		if arg == "--" {
			words = append(words, rest[i+1:]...)
			break
		}
		flag := flagOf(cmd, arg)
		if flag == nil && arg != "-h" && arg != "--help" && !strings.HasPrefix(arg, "--") && !isShort(arg) {
			words = append(words, arg)
			continue
		}
		flags = append(flags, arg)
		separate := flag != nil && flag.NoOptDefVal == "" && (arg == "--"+flag.Name || arg == "-"+flag.Shorthand)
		if separate {
			if i++; i == len(rest) {
				return flags // the last one lacks its value
			}
			flags = append(flags, rest[i])
		}
	}
	return append(append(flags, "--"), words...)
}

// flagOf returns the flag that arg sets, or nil: --name, --name=value, -n or
// -n5. A letter that is followed by anything but digits is a word to exclude.
func flagOf(cmd *cobra.Command, arg string) *pflag.Flag {
	if name, ok := strings.CutPrefix(arg, "--"); ok {
		name, _, _ = strings.Cut(name, "=")
		if f := cmd.Flags().Lookup(name); f != nil {
			return f
		}
		return cmd.InheritedFlags().Lookup(name)
	}
	if len(arg) < 2 || arg[0] != '-' || strings.Trim(arg[2:], "0123456789") != "" {
		return nil
	}
	return cmd.Flags().ShorthandLookup(arg[1:2])
}

// isShort reports whether an argument has the form of a flag of one letter.
func isShort(arg string) bool {
	return len(arg) == 2 && arg[0] == '-' && (arg[1]|0x20 >= 'a' && arg[1]|0x20 <= 'z')
}
