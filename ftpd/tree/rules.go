package tree

import (
	"io/fs"
	"maps"
	"path"
)

// Rules are the rights of a user by folder. The nearest folder at or above a path decides alone; without one there are no
// rights. Keys are absolute paths.
//
//	{"/": ReadOnly, "/incoming": Write | Mkdir}
//
//	/pub/a       => list read
//	/incoming/a  => write mkdir
//
// A folder without any right does not exist for the user. One on the way to a folder with rights can be entered, and no
// more. The folders that rules name, and those on the way to them, are neither removed nor renamed, nor is anything renamed
// to them: else rights would come and go with a name.
type Rules map[string]Rights

// ruleset is rules in the form in which they are asked.
type ruleset struct {
	rules Rules
	whole bool            // "/" is the only rule
	all   Rights          // of "/"
	named map[string]bool // the folders of rules and those on the way to them: whether rights are there or below
}

func newRuleset(rules Rules) ruleset {
	r := ruleset{rules: Rules{}, named: map[string]bool{"/": false}}
	for folder, rights := range rules {
		folder = path.Clean("/" + folder)
		r.rules[folder] = rights & All
		for p := folder; ; p = path.Dir(p) {
			r.named[p] = r.named[p] || rights&All != 0
			if p == "/" {
				break
			}
		}
	}
	r.all = r.rules["/"]
	r.whole = len(r.named) == 1
	return r
}

// at returns the rights at a clean absolute path without links.
func (r *ruleset) at(p string) Rights {
	if r.whole {
		return r.all
	}
	for {
		if rights, ok := r.rules[p]; ok || p == "/" {
			return rights
		}
		p = path.Dir(p)
	}
}

// fixed reports whether p is the folder of a rule or on the way to one. Every root is.
func (r *ruleset) fixed(p string) bool {
	_, ok := r.named[p]
	return ok
}

// exists reports whether p exists for the user: rights are there, or below.
func (r *ruleset) exists(p string) bool { return r.at(p) != 0 || r.named[p] }

// follows reports whether the user may follow a link at p. Where nothing is listed or read, nobody learns what is a link,
// but the owner's own rules may name one.
func (r *ruleset) follows(p string) bool { return r.at(path.Dir(p))&(List|Read) != 0 || r.fixed(p) }

// hides returns the names in the folder p that do not exist for the user; nil if there are none.
func (r *ruleset) hides(p string) map[string]bool {
	var hidden map[string]bool
	for folder := range r.named {
		if folder != "/" && path.Dir(folder) == p && !r.exists(folder) {
			if hidden == nil {
				hidden = map[string]bool{}
			}
			hidden[path.Base(folder)] = true
		}
	}
	return hidden
}

// judge says whether the rights at p suffice: one of some.
func (r *ruleset) judge(p string, some Rights) error {
	if r.at(p)&some != 0 {
		return nil
	}
	return r.denied(p, some)
}

// denied returns the error of what may not be done at p, which needs one of some rights. Where p does not exist for the user,
// it is the one of a name beside it that is not there.
func (r *ruleset) denied(p string, some Rights) error {
	if has := r.near(p); r.exists(p) || has != 0 && has&some == 0 {
		return fs.ErrPermission
	}
	return fs.ErrNotExist
}

// near returns the rights at p, or at the nearest folder above it that exists for the user.
func (r *ruleset) near(p string) Rights {
	for !r.exists(p) && p != "/" {
		p = path.Dir(p)
	}
	return r.at(p)
}

// judgeName says whether the name p may be changed: one of some in its folder.
func (r *ruleset) judgeName(p string, some Rights) error {
	if r.at(path.Dir(p))&some != 0 && !r.fixed(p) {
		return nil
	}
	return r.denied(p, some)
}

// resolveRules returns the rules together with those whose folder is a link, at the folder where it leads. Where two rules
// meet so, the rights that both give remain.
func (v *View) resolveRules(r ruleset) Rules {
	if r.whole {
		return r.rules
	}
	resolved := maps.Clone(r.rules)
	for folder, rights := range r.rules {
		real, err := v.follow(folder, true)
		if err != nil || real == folder {
			continue
		}
		if other, ok := resolved[real]; ok {
			rights &= other
		}
		resolved[real] = rights
	}
	return resolved
}
