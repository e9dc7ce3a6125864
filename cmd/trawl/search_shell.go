package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"trawl/index"
)

// This file finds out what a shell has done to a query that was not quoted.

// expanded returns the pattern in place of which a shell has put names of the working directory, or "" if it did not:
//
//	debian.iso ubuntu.iso => *.iso
func expanded(args []string) (pattern string) {
	if len(args) < 2 {
		return ""
	}
	suffix := filepath.Ext(args[0])
	for _, arg := range args {
		if strings.ContainsAny(arg, ":*?") || filepath.Ext(arg) != suffix {
			return ""
		}
		if _, err := os.Lstat(arg); err != nil {
			return ""
		}
	}
	return "*" + suffix
}

// unquoted says how to quote a query that found nothing because a shell has expanded its pattern.
func (a *app) unquoted(args []string) {
	if pattern := expanded(args); pattern != "" {
		fmt.Fprintf(a.err, "the shell has put names of this directory in place of a pattern; quote it: trawl search %s\n", asArguments(pattern))
	}
}

// redirected reports whether a query ends with a filter whose value a shell has taken for a file to write to, "size:>700MB".
func (a *app) redirected(text string) bool {
	filter := strings.TrimSpace(text)
	if !strings.HasSuffix(filter, "size:") && !strings.HasSuffix(filter, "time:") && !strings.HasSuffix(filter, "places:") {
		return false
	}
	file, ok := a.out.Writer.(*os.File)
	if !ok {
		return false
	}
	info, err := file.Stat()
	return err == nil && info.Mode().IsRegular()
}

// taken says that a shell has taken a part of a query.
func (a *app) taken(text string) {
	if a.redirected(text) {
		words := strings.Fields(text)
		fmt.Fprintf(a.err, "  the shell has taken \">\" and what follows for a file to write to; quote it: '%s>...'\n", index.Visible(words[len(words)-1]))
	}
}
