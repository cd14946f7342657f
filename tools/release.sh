#!/bin/sh
# Builds the files of a release from the checked-out commit into an empty folder. `make release` calls it.
#
#   tools/release.sh PROGRAMS FOLDER
#
# PROGRAMS is the folder of the programs that requirements/release.txt installs. The version is that of the git tag;
# without a tag it is a development version. The same commit gives the same bytes.
set -eu
cd "$(dirname "$0")/.."
programs=$1
rm -rf "$2"
mkdir -p "$2"
folder=$(cd "$2" && pwd)

SOURCE_DATE_EPOCH=$(git log -1 --format=%ct)
export SOURCE_DATE_EPOCH
"$programs/hatchling" build --target sdist --target wheel --directory "$folder"
wheel=$(basename "$folder"/*.whl)
version=$(echo "$wheel" | cut -d- -f2)
# The SBOM takes the version from pyproject.toml, so it gets a copy of that file with the version.
project=$(mktemp)
trap 'rm -f "$project"' EXIT
sed "s/^dynamic = \[\"version\"\].*/version = \"$version\"/" pyproject.toml >"$project"
"$programs/cyclonedx-py" requirements --output-reproducible --of JSON --output-file "$folder/rbacpsp-$version.cdx.json" \
    --mc-type application --pyproject "$project" requirements/run.txt
"$programs/python" tools/krew/build.py "$version" "$folder"
cd "$folder"
sha256sum -- * >SHA256SUMS
echo "release: rbacpsp $version in $2"
