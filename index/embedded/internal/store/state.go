package store

import (
	"context"
	"sync/atomic"
)

// State identifies the contents of the catalogue: a search finds the same in two views of
// the same state. The notes of a crawl for itself do not change it.
type State struct {
	visible

	knows uint64 // the changes up to this number are in it
	needs uint64 // and those up to this number had to be in each answer when it was read
}

// visible is what a search sees, by the numbers of what is stored.
type visible struct {
	file   *boltFile
	blocks uint64 // written blocks and transactions that dropped some
	hosts  uint64 // of host records, as far as searches see them: HostTable.shown
	masks  uint64 // changes of masks
	marks  uint64 // changes of marks
	texts  uint64 // changes of texts
	abouts uint64 // changes of descriptions
	news   uint64 // the first change of a text that their index does not know, 0 if none
}

// Equal reports whether searches find the same in two states.
func (s State) Equal(other State) bool { return s.visible == other.visible }

// Covers reports whether an answer of the state may still be given in another one: only crawls under way have changed
// anything since.
func (s State) Covers(now State) bool { return s.file == now.file && s.knows >= now.needs }

// changes numbers what all answers must know at once: all that is written but for the batches of crawls under way.
type changes struct {
	made    atomic.Uint64 // the number of the last change that is durable
	settled atomic.Uint64 // the changes up to this number must be in each answer
}

// changed gives a number to what was written before. A view that is opened later knows it.
func (s *Store) changed() uint64 { return s.changes.made.Add(1) }

// settle voids all answers that do not know the changes up to a number.
func (s *Store) settle(number uint64) {
	for {
		before := s.changes.settled.Load()
		if number <= before || s.changes.settled.CompareAndSwap(before, number) {
			return
		}
	}
}

// conclude voids the answers that do not know what is written, after those that many ask for were computed anew.
func (s *Store) conclude(ctx context.Context) {
	number := s.changed()
	if s.Renew != nil {
		s.Renew(ctx)
	}
	s.settle(number)
}

// State returns the state of the catalogue in the view.
func (v *View) State() State {
	s := State{knows: v.knows, needs: v.Store.changes.settled.Load()}
	s.visible = visible{
		file: v.file, hosts: v.shownHosts(),
		blocks: v.Sequence(), masks: v.tree("masks").Sequence(), marks: v.tree("marks").Sequence(),
		texts: v.tree(textsBucket).Sequence(), abouts: v.tree(aboutsBucket).Sequence(),
	}
	if n, _ := v.tree(newsBucket).Cursor().First(); n != nil {
		s.news = number(n)
	}
	return s
}

// shownHosts returns the number of the host records as far as searches see them.
func (v *View) shownHosts() uint64 {
	t, err := v.HostTable()
	if err != nil {
		return hostsVersion(v.from) // searches fail
	}
	return t.shown
}

// State returns the present state.
func (s *Store) State() (now State, err error) {
	defer Guarded(&err)()
	v, err := s.View()
	if err != nil {
		return State{}, err
	}
	defer v.Close()
	return v.State(), nil
}
