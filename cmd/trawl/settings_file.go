package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"trawl/cmd/trawl/internal/settings"
)

// settingsName is the name of the file of all settings.
const settingsName = "trawl.toml"

// systemSettings is the folder of the settings of the whole system.
const systemSettings = "/etc/trawl"

// settings returns the settings of the file, which are empty if there is none. It is read once.
func (a *app) settings() (*settings.File, error) {
	if a.file != nil {
		return a.file, nil
	}
	path, err := a.findSettings()
	if err != nil {
		return nil, err
	}
	f := new(settings.File)
	if path != "" {
		f, err = a.schema.Read(path)
	}
	if err == nil {
		a.file = f
	}
	return f, err
}

// findSettings returns the path of the file of settings, "" if there is none.
func (a *app) findSettings() (string, error) {
	for _, named := range []string{a.config, a.env("TRAWL_CONFIG")} {
		if named != "" {
			return filepath.Abs(named)
		}
	}
	for _, folder := range a.settingsFolders() {
		path := filepath.Join(folder, settingsName)
		f, err := os.Open(path)
		switch {
		case err == nil:
			f.Close()
			return path, nil
		case errors.Is(err, fs.ErrPermission) && folder == systemSettings: // of a service that is not this user's
		case !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, syscall.ENOTDIR):
			return path, nil // reading it says what is wrong
		}
	}
	return "", nil
}

// settingsFolders returns where a file of settings may lie, the first one first.
func (a *app) settingsFolders() (folders []string) {
	if dir, err := a.namedDir(); err == nil {
		folders = append(folders, dir)
	}
	if base := a.env("XDG_CONFIG_HOME"); filepath.IsAbs(base) {
		folders = append(folders, filepath.Join(base, "trawl"))
	} else if home, err := os.UserHomeDir(); err == nil {
		folders = append(folders, filepath.Join(home, ".config", "trawl"))
	}
	return append(folders, systemSettings)
}

// ownSettings returns the path of the file of settings that commands change: the one that is there, or one in the data directory.
func (a *app) ownSettings() (string, error) {
	if err := a.refuseHosting(); err != nil {
		return "", err
	}
	path, err := a.findSettings()
	if err != nil || path != "" {
		return path, err
	}
	dir, err := a.dir()
	if err != nil {
		return "", err
	}
	return filepath.Join(dir, settingsName), nil
}

// refuseHosting refuses a file of the name that settings of hosting had before there was trawl.toml: nobody shall believe that it counts.
func (a *app) refuseHosting() error {
	dir, err := a.dir()
	if err != nil {
		return err
	}
	old := filepath.Join(dir, "hosting.toml")
	if _, err := os.Lstat(old); err != nil {
		return nil //nolint:nilerr // there is none that could be read
	}
	mend := "rename it to " + settingsName
	if path, err := a.findSettings(); err == nil && path != "" {
		mend = "move its tables to " + path + ", and remove it"
	}
	return fmt.Errorf("%s no longer counts; %s", old, mend)
}

// lookup returns what the environment, or else the file, says of a key of a text. It serves completions, too, for which flags are not settled.
func (a *app) lookup(key, variable string) string {
	if text := a.env(variable); text != "" {
		return text
	}
	if f, err := a.settings(); err == nil {
		if v, ok := f.Value(key); ok {
			return v.Text
		}
	}
	return ""
}
