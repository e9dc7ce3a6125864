package main

import (
	"fmt"

	"github.com/spf13/cobra"
)

func newCompletion() *cobra.Command {
	return &cobra.Command{
		Use:   "completion bash|zsh|fish|powershell",
		Short: "Print the completion script of a shell",
		Long: `Completion prints the script that lets a shell complete commands, flags, hosts and
names of files. That of bash needs the package bash-completion.`,
		Example: `  trawl completion bash > /etc/bash_completion.d/trawl
  trawl completion zsh > "${fpath[1]}/_trawl"
  trawl completion fish > ~/.config/fish/completions/trawl.fish`,
		Args:        exactly("the shell"),
		Annotations: unsettled(),
		ValidArgs:   []string{"bash", "zsh", "fish", "powershell"},
		RunE: func(cmd *cobra.Command, args []string) error {
			root, out := cmd.Root(), cmd.OutOrStdout()
			switch args[0] {
			case "bash":
				return root.GenBashCompletionV2(out, true)
			case "zsh":
				return root.GenZshCompletion(out)
			case "fish":
				return root.GenFishCompletion(out, true)
			case "powershell":
				return root.GenPowerShellCompletionWithDesc(out)
			}
			return usage(cmd, fmt.Errorf("no completion for %q; there is bash, zsh, fish and powershell", args[0]))
		},
	}
}
