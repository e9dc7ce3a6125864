package dfa_test

import (
	"fmt"
	"regexp"

	"trawl/index/match/dfa"
)

func Example() {
	d := dfa.New(regexp.MustCompile(`^linux-\d+\.\d+\.tar`))
	for _, name := range []string{"linux-3.0.tar.bz2", "linux-3.0.zip", "Ĺinux"} {
		fmt.Println(name, d.MatchString(name))
	}
	// Output:
	// linux-3.0.tar.bz2 true
	// linux-3.0.zip false
	// Ĺinux false
}
