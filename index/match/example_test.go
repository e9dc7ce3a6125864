package match_test

import (
	"fmt"
	"time"

	"trawl/search/fold"

	"trawl/index"
	"trawl/index/match"
	"trawl/search/query"
)

// An engine looks up the candidates of a plan and probes the names that it decodes.
func ExamplePlan_Candidates() {
	tree, err := query.Parse("linux size:>1M", time.Now())
	if err != nil {
		panic(err)
	}
	plan, err := match.Compile(index.Query{Tree: tree}, nil, nil)
	if err != nil {
		panic(err)
	}
	fmt.Printf("%+v\n", plan.Candidates())
	fmt.Printf("%s\n", plan.Probe().AnyOf)
	// Output:
	// {Of:[{Text:linux Path:true Loose:true} {Min:1048577 Max:9223372036854775807} {Text:linux Path:false Loose:true}]}
	// [linux]
}

// The simplest engine has one block and shows all its entries in both passes.
func ExampleCompile() {
	hosts := []index.Host{{ID: "ftp://ftp.example.org/"}}
	dir := match.Directory{Host: 0, Path: "/pub", Folded: []byte("/pub"), Seen: 1}
	entries := []index.Entry{{Name: "README", Size: 9}, {Name: "Linux.iso", Size: 700}, {Name: "linux.txt", Size: 3}}
	tree, err := query.Parse("linux", time.Now())
	if err != nil {
		panic(err)
	}
	plan, err := match.Compile(index.Query{Tree: tree, Sort: index.BySize}, hosts, nil)
	if err != nil {
		panic(err)
	}

	counter := plan.Counter()
	counter.Begin(0, 0)
	counter.Enter(dir)
	for i := range entries {
		counter.Entry(&entries[i], fold.Append(nil, entries[i].Name))
	}
	choice := plan.Choose(counter)
	collector := choice.Collector()
	collector.Enter(dir)
	for i := range entries {
		collector.Entry(&entries[i], fold.Append(nil, entries[i].Name))
	}
	answer := choice.Answer(true, collector)
	fmt.Println(answer.Total, "results")
	for _, r := range answer.Results {
		fmt.Println(r.Places[0].Host, r.Places[0].Path, r.Size)
	}
	// Output:
	// 2 results
	// ftp://ftp.example.org/ /pub/Linux.iso 700
	// ftp://ftp.example.org/ /pub/linux.txt 3
}
