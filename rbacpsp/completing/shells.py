"""Writes the script that each shell loads, and answers in the form that it reads."""

import os
from collections.abc import Iterator, Sequence

from rbacpsp.completing.names import names
from rbacpsp.completing.words import (
    EVERYWHERE,
    OF_A_CLUSTER,
    Completion,
    ExpectedWord,
    expected_words,
    static,
)

VARIABLE = "_RBACPSP_COMPLETE"

BASH = """\
_rbacpsp_completion() {
    local IFS=$'\\n' line
    COMPREPLY=()
    while read -r line; do
        case "$line" in
            file,*) compopt -o default ;;
            plain,*) COMPREPLY+=("${line#plain,}") ;;
        esac
    done < <(
        env COMP_WORDS="${COMP_WORDS[*]}" COMP_CWORD=$COMP_CWORD _RBACPSP_COMPLETE=bash_complete \\
            "$1" 2>/dev/null
    )
    return 0
}
COMP_WORDBREAKS=${COMP_WORDBREAKS//:}
complete -o nosort -F _rbacpsp_completion rbacpsp
"""
ZSH = """\
#compdef rbacpsp
_rbacpsp_completion() {
    local -a described plain response
    (( ! $+commands[rbacpsp] )) && return 1
    response=("${(@f)$(
        env COMP_WORDS="${(F)words}" COMP_CWORD=$((CURRENT-1)) _RBACPSP_COMPLETE=zsh_complete \\
            rbacpsp 2>/dev/null
    )}")
    for type key help in ${response}; do
        if [[ "$type" == "plain" ]]; then
            if [[ "$help" == "_" ]]; then plain+=("$key"); else described+=("${key//:/\\\\:}:$help"); fi
        elif [[ "$type" == "file" ]]; then
            _path_files -f
        fi
    done
    [[ -n "$described" ]] && _describe -V unsorted described -U
    [[ -n "$plain" ]] && compadd -U -V unsorted -a plain
}
if [[ $zsh_eval_context[-1] == loadautofunc ]]; then
    _rbacpsp_completion "$@"
else
    (( $+functions[compdef] )) || { autoload -Uz compinit && compinit -i }
    compdef _rbacpsp_completion rbacpsp
fi
"""
FISH = """\
function _rbacpsp_completion
    set -l response (env COMP_WORDS=(commandline -cp | string collect) \\
        COMP_CWORD=(commandline -t | string collect) _RBACPSP_COMPLETE=fish_complete rbacpsp 2>/dev/null)
    for line in $response
        set -l parts (string split -m 1 "," -- $line)
        if test "$parts[1]" = file
            __fish_complete_path (commandline -t)
        else if test "$parts[1]" = plain
            echo $parts[2]
        end
    end
end
complete --no-files --command rbacpsp --arguments "(_rbacpsp_completion)"
"""
SCRIPTS = {"bash": BASH, "zsh": ZSH, "fish": FISH}


def answer() -> str:
    """What the shell that asks reads; empty on an error."""
    shell = os.environ[VARIABLE].partition("_")[0]
    try:
        words, incomplete = _asked(shell)
        expected = expected_words(words, incomplete)
        return "".join(_lines(shell, expected, choices(expected)))
    except (OSError, ValueError, KeyError, IndexError):
        return ""


def choices(expected: ExpectedWord) -> list[Completion]:
    """The known completions of the word under the cursor."""
    candidates = expected.choices
    if expected.kind in EVERYWHERE | OF_A_CLUSTER:
        known = set(static(expected.kind))
        if expected.kind in OF_A_CLUSTER:
            known.update(names(expected.kind, expected.source, patient=not known))
        candidates = tuple(map(Completion, sorted(known)))
    return [
        Completion(f"{expected.before}{candidate.value}", candidate.help)
        for candidate in candidates
        if candidate.value.startswith(expected.incomplete) and candidate.value.isprintable()
    ]


def _asked(shell: str) -> tuple[Sequence[str], str]:
    """The words before the cursor without the program, and the word under it."""
    text = os.environ["COMP_WORDS"]
    if shell == "fish":
        incomplete = os.environ.get("COMP_CWORD", "")
        words = _split(text)
        return (words[1:-1] if incomplete and words[-1:] == [incomplete] else words[1:]), incomplete
    words = text.split("\n") if "\n" in text else _split(text)
    index = int(os.environ["COMP_CWORD"])
    return words[1:index], words[index] if index < len(words) else ""


def _split(text: str) -> list[str]:
    import shlex

    lexer = shlex.shlex(text, posix=True)
    lexer.whitespace_split = True
    lexer.commenters = ""
    words: list[str] = []
    try:
        words.extend(lexer)
    except ValueError:  # an open quote: the word is not complete
        words.append(lexer.token)
    return words


def _lines(shell: str, expected: ExpectedWord, candidates: Sequence[Completion]) -> Iterator[str]:
    if expected.kind == "file":
        yield f"file\n{expected.incomplete}\n_\n" if shell == "zsh" else f"file,{expected.incomplete}\n"
        return
    for candidate in candidates:
        if shell == "zsh":
            yield f"plain\n{candidate.value}\n{candidate.help or '_'}\n"
        elif shell == "fish":
            yield f"plain,{candidate.value}" + (f"\t{candidate.help}\n" if candidate.help else "\n")
        else:
            yield f"plain,{candidate.value}\n"
