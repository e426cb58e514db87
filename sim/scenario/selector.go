package scenario

// Selector names nodes: "all", "committee", "gateways", numbers and ranges ("3", "0-2,7"), a number or share of a group drawn
// at random ("gateways:10", "committee:30%", "all:5%"), and ranges within a group ("committee:0-2"). Parts are joined by commas.
type Selector string
