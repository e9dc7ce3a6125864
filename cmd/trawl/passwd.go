package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"trawl/cmd/trawl/internal/settings"
	"trawl/ftpd/account"
	"trawl/index"
)

// passwdOptions are the flags of passwd.
type passwdOptions struct {
	bcrypt bool
	delete bool
}

func newPasswd(a *app) *cobra.Command {
	var opts passwdOptions
	var argon2id bool
	cmd := &cobra.Command{
		Use:   "passwd NAME",
		Short: "Set the password of a user of trawl serve",
		Long: `Passwd sets the password of a user in trawl.toml, and adds the user if there is none
of the name. On a terminal it asks twice; else it reads a line of standard input.
The file keeps the hash alone, with its comments and its order. Nobody but its owner, and
its group if that alone could before, may read it. A trawl serve that runs takes the change at once, unless it began without the file.`,
		Example: `  trawl passwd ann
  pwgen -s 20 1 | trawl passwd ann
  trawl passwd ann --delete`,
		Args:        exactly("NAME"),
		Annotations: map[string]string{annotatedMakes: "true"},
		RunE: func(cmd *cobra.Command, args []string) error {
			if opts.bcrypt && argon2id {
				return usage(cmd, errors.New("--argon2id and --bcrypt exclude each other"))
			}
			return a.passwd(cmd.Context(), args[0], opts)
		},
	}
	flags := cmd.Flags()
	flags.BoolVar(&argon2id, "argon2id", false, "hash by argon2id, which is the default")
	flags.BoolVar(&opts.bcrypt, "bcrypt", false, "hash by bcrypt, which other programs know, too")
	flags.BoolVar(&opts.delete, "delete", false, "take the user out of the file")
	return cmd
}

// passwd changes a user of the settings of hosting.
func (a *app) passwd(ctx context.Context, name string, opts passwdOptions) error {
	file, err := a.ownSettings()
	if err != nil {
		return err
	}
	if opts.delete {
		if err := a.schema.DeleteUser(file, name); err != nil {
			return err
		}
		fmt.Fprintf(a.out, "user %s is no longer in %s\n", index.Visible(name), index.Visible(file))
		return nil
	}
	if err := settings.CheckName(name); err != nil || account.IsAnonymous(name) {
		return fmt.Errorf("%q is no name for a user; guests have no password", name)
	}
	password, err := a.askPassword(ctx, name)
	if err != nil {
		return err
	}
	hash := account.Argon2id(password)
	if opts.bcrypt {
		if hash, err = account.Bcrypt(password); err != nil {
			return err
		}
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		return fmt.Errorf("make the folder of %s: %w", file, err)
	}
	_, missing := os.Stat(file)
	added, err := a.schema.SetPassword(file, name, hash)
	if err != nil {
		return err
	}
	what := "password of user %s set in %s\n"
	if added {
		what = "user %s added to %s, who may list and read; give others rights there\n"
	}
	fmt.Fprintf(a.out, what, index.Visible(name), index.Visible(file))
	if errors.Is(missing, fs.ErrNotExist) {
		fmt.Fprintln(a.out, "the file is new: a trawl serve that runs has to be started again to take it")
	}
	return nil
}

// maxPassword is more than a command line of FTP takes.
const maxPassword = 4096

// askPassword asks for a new password: twice on a terminal, else a line.
func (a *app) askPassword(ctx context.Context, name string) (string, error) {
	password := ""
	var err error
	if f, ok := a.in.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		password, err = a.askTwice(ctx, f, name)
	} else {
		password, err = bufio.NewReader(io.LimitReader(a.in, maxPassword+1)).ReadString('\n')
		if errors.Is(err, io.EOF) {
			err = nil
		}
		password = strings.TrimSuffix(strings.TrimSuffix(password, "\n"), "\r")
	}
	switch {
	case err != nil:
		return "", fmt.Errorf("read the password: %w", err)
	case password == "":
		return "", errors.New("the password is empty; nothing was changed")
	case len(password) > maxPassword || strings.ContainsAny(password, "\r\n\x00"):
		return "", errors.New("this password cannot be sent in one line; nothing was changed")
	}
	return password, nil
}

func (a *app) askTwice(ctx context.Context, f *os.File, name string) (string, error) {
	first, err := a.askHidden(ctx, f, "password of "+index.Visible(name)+": ")
	if err != nil {
		return "", err
	}
	again, err := a.askHidden(ctx, f, "again: ")
	if err == nil && first != again {
		err = errors.New("both differ; nothing was changed")
	}
	return first, err
}

// askHidden reads a line that the terminal does not show. If ctx ends, it makes the terminal show again what is typed.
func (a *app) askHidden(ctx context.Context, f *os.File, prompt string) (string, error) {
	state, err := term.GetState(int(f.Fd()))
	if err != nil {
		return "", err
	}
	fmt.Fprint(a.err, prompt)
	type answer struct {
		text []byte
		err  error
	}
	read := make(chan answer, 1)
	go func() { // it ends with the process if nobody types
		text, err := term.ReadPassword(int(f.Fd()))
		read <- answer{text, err}
	}()
	select {
	case got := <-read:
		fmt.Fprintln(a.err)
		return string(got.text), got.err
	case <-ctx.Done():
		fmt.Fprintln(a.err)
		return "", errors.Join(ctx.Err(), term.Restore(int(f.Fd()), state))
	}
}
