package query_test

import (
	"errors"
	"fmt"
	"time"

	"trawl/search/query"
)

func ExampleParse() {
	tree, err := query.Parse(`(ubuntu | debian) ext:iso size:>1GiB size:<5GiB -beta`, time.Now())
	fmt.Println(tree, err)

	_, err = query.Parse("debian siez:>1G", time.Now())
	if wrong, ok := errors.AsType[*query.Error](err); ok {
		fmt.Print(wrong.Caret())
	}
	// Output:
	// (ubuntu | debian) ext:iso size:1073741825..5368709119 -beta <nil>
	// debian siez:>1G
	//        ^
	// did you mean size:?
}
