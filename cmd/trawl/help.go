package main

import (
	"embed"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"trawl/cmd/trawl/internal/man"
	"trawl/search/query"
)

// topicFiles holds the topics of the help: help/NAME.txt. The first line is a short description.
//
//go:embed help/*.txt
var topicFiles embed.FS

// topics returns the topics of the help, in the order in which they are listed.
func topics() []man.Topic {
	return []man.Topic{
		embeddedTopic("query", "", 7),
		embeddedTopic("output", "", 7),
		embeddedTopic("exit-codes", "EXIT STATUS", 0),
		embeddedTopic("environment", "ENVIRONMENT", 0),
		embeddedTopic("files", "FILES", 0),
		settingsTopic(),
	}
}

// embeddedTopic returns the topic of a file: see man.Topic.
func embeddedTopic(name, heading string, section int) man.Topic {
	text, err := topicFiles.ReadFile("help/" + name + ".txt")
	if err != nil {
		panic(err) // it is part of the program
	}
	short, body, _ := strings.Cut(string(text), "\n\n")
	return man.Topic{Name: name, Heading: heading, Section: section, Short: short, Text: body}
}

// newHelp returns the command help, which is --help, and explains topics.
func newHelp() *cobra.Command {
	return &cobra.Command{
		Use:         "help [COMMAND | TOPIC]",
		Short:       "Show the help of a command, or about a topic",
		Hidden:      true,
		Annotations: unsettled(),
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) > 1 && args[0] == "settings" {
				return helpSettings(cmd, args[1:])
			}
			if len(args) == 1 {
				for _, t := range topics() {
					if t.Name == args[0] {
						_, err := fmt.Fprintf(cmd.OutOrStdout(), "%s.\n\n%s", t.Short, t.Text)
						return err
					}
				}
			}
			about, rest, err := cmd.Root().Find(args)
			if err != nil || len(rest) > 0 {
				return noTopic(cmd.Root(), args)
			}
			return about.Help()
		},
		ValidArgsFunction: func(cmd *cobra.Command, args []string, _ string) (names []cobra.Completion, _ cobra.ShellCompDirective) {
			if len(args) == 0 {
				names = helped(cmd.Root())
			}
			return names, cobra.ShellCompDirectiveNoFileComp
		},
	}
}

// helped returns the names that help explains: commands and topics.
func helped(root *cobra.Command) (names []string) {
	for _, cmd := range root.Commands() {
		if !cmd.Hidden {
			names = append(names, cmd.Name())
		}
	}
	for _, t := range topics() {
		names = append(names, t.Name)
	}
	return names
}

// noTopic returns an error that proposes the nearest command or topic.
func noTopic(root *cobra.Command, args []string) error {
	if near := query.Nearest(args[0], helped(root)); near != "" {
		return fmt.Errorf("no command and no topic %q; did you mean %s?", args[0], near)
	}
	return fmt.Errorf("no command and no topic %q; trawl help lists them", args[0])
}

// helpTopics makes the help of the program list the topics.
func helpTopics(root *cobra.Command) {
	plain := root.HelpFunc()
	root.SetHelpFunc(func(cmd *cobra.Command, args []string) {
		hideQuiet(cmd)
		plain(cmd, args)
		if cmd != root {
			return
		}
		out := cmd.OutOrStdout()
		fmt.Fprint(out, "\nTopics, shown by trawl help TOPIC:\n")
		for _, t := range topics() {
			fmt.Fprintf(out, "  %-12s %s\n", t.Name, t.Short)
		}
	})
}

// newMan returns the hidden command that writes the manual, for those who make packages.
func newMan(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "man DIRECTORY",
		Short: "Write the pages of the manual",
		Long: `Man writes trawl.1, a page of each command and of topics into a directory. Their
date is that of $SOURCE_DATE_EPOCH, else of the commit that trawl was built from.`,
		Hidden:      true,
		Annotations: map[string]string{annotatedUnsettled: "true"},
		Args:        exactly("the directory"),
		RunE: func(cmd *cobra.Command, args []string) error {
			for _, below := range cmd.Root().Commands() {
				hideQuiet(below)
			}
			date, err := a.sourceDate()
			if err != nil {
				return fmt.Errorf("man: %w", err)
			}
			manual := man.Manual{Source: "trawl " + version(), Date: date, Topics: topics()}
			if err := manual.Write(args[0], cmd.Root()); err != nil {
				return fmt.Errorf("man: %w", err)
			}
			return nil
		},
	}
}

// sourceDate returns the time of which builds are that shall be the same (reproducible-builds.org), else that of the
// commit of this build, else now.
func (a *app) sourceDate() (time.Time, error) {
	text := a.env("SOURCE_DATE_EPOCH")
	if text == "" {
		if built, err := time.Parse(time.RFC3339, thisBuild().Date); err == nil {
			return built, nil
		}
		return a.now(), nil
	}
	seconds, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return time.Time{}, fmt.Errorf("SOURCE_DATE_EPOCH %q is no number of seconds", text)
	}
	return time.Unix(seconds, 0), nil
}
