# SPDX-License-Identifier: GPL-2.0
# Of what bindgen has written: the functions and variables, each as a constant that has its type.

/^(unsafe )?extern "C" \{$/ { inside = 1; item = ""; next }
/^}$/ { inside = 0 }
!inside || /^ *#\[/ { next }
{ sub(/^ +/, ""); item = item $0 " " }
/;$/ {
	sub(/^pub /, "", item)
	sub(/; $/, "", item)
	name = item
	sub(/^(fn|static( mut)?) /, "", name)
	sub(/[(:].*/, "", name)
	type = substr(item, index(item, name) + length(name))
	kind = item ~ /^fn / ? "Function" : "Variable"
	if (kind == "Function") type = "unsafe extern \"C\" fn" type
	else sub(/^: /, "", type)
	if (!seen[name]++) printf "pub const %s: %s<%s> = %s::HEADER;\n", name, kind, type, kind
	item = ""
}
