#!/bin/sh
# A worker in shell. A request is one line, and begins with its id; the texts it wants need no more than cutting.
while IFS= read -r request; do
  id=${request#*\"id\":} id=${id%%,*}
  address=${request#*\"input\":\"} address=${address%%\"*}
  case $address in
    192.0.2.*) said='"output":{"name":"Lille office","office":true}' ;;
    198.51.100.*) said='"output":{"name":"a hosting company","office":false}' ;;
    *) said="\"error\":\"Directory.Unknown\",\"cause\":\"nobody knows $address\"" ;;
  esac
  printf '{"id":%s,%s}\n' "$id" "$said"
done
