#!/bin/sh
# Stands for a child that measures models. The device of its place says what it does with its orders, each of which is
# one line long here; in its store it leaves a line for each of its kind.
read -r place
store=${place##*'"store":"'} store=${store%%'"'*}
device=${place#*'"device":"'} device=${device%%'"'*}
done='{"done":{"samples":3,"tokens":70,"seconds":0.5,"refused":1,"peak_bytes":9}}'
if [ "$device" = outlived ]; then
    sleep 60 &
    echo $! > "$store/heir"
fi
echo $$ >> "$store/started"
case $device in
stopped | outlived) kill -STOP $$ ;;
deaf) exec sleep 60 ;;
esac
while read -r order; do
    case $device-$(wc -l < "$store/started") in
    dies-*1) echo 'out of luck' >&2; exit 3 ;;
    babbles-*) echo 'this is no JSON'; exec sleep 60 ;;
    model-*) echo '{"failed":{"why":"model","problem":"no such tensor"}}' ;;
    broken-*) echo '{"failed":{"why":"broken","problem":"the device is gone"}}' ;;
    short-*) echo '{"failed":{"why":"lack","problem":"too little of it"}}' ;;
    *) echo '{"info":"a word"}'; echo '{"loaded":{"seconds":0.25,"peak_bytes":7}}'; echo "$done" ;;
    esac
done
