# SPDX-License-Identifier: GPL-2.0
# usage: awk -f klp-headers.awk NAMES KERNEL_BINDINGS... TYPES
#
# Of what bindgen made of headers, what NAMES mentions and kernel::bindings lacks, with all that it is made of. A type of which
# kernel::bindings knows the name alone is lacking, and so is what mentions that type: it is about another one there.

function name_in(line) {
	sub(/^ *pub (struct|union|enum|type|use .* as|const|fn|static( mut)?) /, "", line)
	sub(/[^A-Za-z0-9_].*/, "", line)
	return line
}

FNR == 1 { file++ }

file == 1 {
	asked[$1]
	if ($2 == "enum") { enum_of[$1] = $3; asked[$3 "_" $1] }
	next
}

# The kernel's own.
FILENAME != ARGV[ARGC - 1] && /^pub (struct|union|enum|type|use) / { type = name_in($0); known_type[type] = "whole"; next }
FILENAME != ARGV[ARGC - 1] && /^    (pub )?(_unused: \[u8; 0\]|_address: u8),/ { known_type[type] = "name"; next }
FILENAME != ARGV[ARGC - 1] && /^(unsafe )?extern "C" \{/ { in_extern = 1; next }
FILENAME != ARGV[ARGC - 1] && /^}/ { in_extern = 0; next }
FILENAME != ARGV[ARGC - 1] && (/^pub const / || in_extern && /^    pub (fn|static) /) { known_value[name_in($0)]; next }
FILENAME != ARGV[ARGC - 1] { next }

# An item ends where its brackets are closed.
item == "" && /^($|\/\*)/ { next }
{
	item = item $0 "\n"
	line = $0
	gsub(/"([^"\\]|\\.)*"/, "", line)
	depth += gsub(/[[({]/, "", line) - gsub(/[])}]/, "", line)
	if (depth == 0 && /[;}]$/) end_item()
}

function end_item(    lines, count, i, line) {
	count = split(item, lines, "\n")
	for (i = 1; lines[i] ~ /^#/; i++);
	line = lines[i]
	text[++items] = item
	if (line ~ /^impl/) {
		sub(/.* for /, "", line)
		sub(/^impl(<[^>]*>)? /, "", line)
		name[items] = name_in(line)
		kind[items] = "impl"
		impls[name[items]] = impls[name[items]] item
	} else if (line ~ /^pub (struct|union|enum|type|use) /) {
		name[items] = name_in(line)
		kind[items] = line ~ /^pub (type|use) / ? "alias" : "type"
		is_name_alone[items] = item ~ /\n    (pub )?(_unused: \[u8; 0\]|_address: u8),/
	} else {
		while (line !~ /^ *pub /) line = lines[++i]
		name[items] = name_in(line)
		kind[items] = "value"
		own_value[name[items]]
	}
	item = ""
}

function mentions(text, set,    words, count, i) {
	count = split(text, words, /[^A-Za-z0-9_]+/)
	for (i = 1; i <= count; i++) if (words[i] in set) return 1
	return 0
}

function is_lacking(i,    known) {
	if (name[i] ~ /^_bindgen_ty_/) return 1
	if (kind[i] == "value") return !(name[i] in known_value) || mentions(text[i], renewed)
	known = known_type[name[i]]
	return known == "" || known == "name" && !is_name_alone[i] || kind[i] == "alias" && mentions(text[i], renewed)
}

# A macro that bindgen understood is not made a second time.
function as_constant(i,    of) {
	of = substr(name[i], length("KLP_CONSTANT_") + 1)
	if (of in own_value || text[i] !~ /\npub const /) return
	sub(/KLP_CONSTANT_/, "", text[i])
	name[i] = of
	asked[of]
}

function reach(i,    words, count, w) {
	if (i in reached) return
	reached[i]
	count = split(text[i] impls[name[i]], words, /[^A-Za-z0-9_]+/)
	for (w = 1; w <= count; w++) if (words[w] in lacking_type) reach(lacking_type[words[w]])
}

END {
	for (i = 1; i <= items; i++) {
		text[i] = "\n" text[i]
		if (kind[i] == "type" && known_type[name[i]] == "name" && !is_name_alone[i]) renewed[name[i]]
		if (name[i] ~ /^KLP_CONSTANT_/) as_constant(i)
	}
	do {
		changed = 0
		for (i = 1; i <= items; i++)
			if (kind[i] == "alias" && !(name[i] in renewed) && mentions(text[i], renewed)) { renewed[name[i]]; changed = 1 }
	} while (changed)
	for (i = 1; i <= items; i++) if (kind[i] != "impl" && is_lacking(i)) {
		lacking[i]
		if (kind[i] != "value") lacking_type[name[i]] = i
	}
	for (i in lacking) if (name[i] in asked) reach(i)
	for (i = 1; i <= items; i++)
		if (i in reached || kind[i] == "impl" && name[i] in lacking_type && lacking_type[name[i]] in reached)
			printf "#[allow(nonstandard_style)]%s", text[i] # for rust-analyzer, which does not see that of the module
	for (constant in enum_of) if (!(constant in own_value) && !(constant in known_value)) {
		whole = enum_of[constant] "_" constant
		if (whole in own_value || whole in known_value) printf "\npub const %s: %s = %s;\n", constant, enum_of[constant], whole
	}
}
