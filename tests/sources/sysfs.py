"""A tree of /proc and /sys as a Jetson Xavier NX lays it out, made from NVIDIA's and the kernel's documentation."""

from __future__ import annotations

from pathlib import Path

SLICE = "kubepods.slice/kubepods-burstable.slice"
POD = "0f8fad5b-d9cb-469f-a165-70867728950e"
FILES = {
    "proc/device-tree/model": "NVIDIA Jetson Xavier NX Developer Kit\0",
    "proc/pressure/cpu": "some avg10=12.50 avg60=3.00 avg300=1.00 total=12345\n",
    "proc/pressure/memory": (
        "some avg10=0.00 avg60=0.00 avg300=0.00 total=0\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=0\n"
    ),
    "proc/pressure/io": (
        "some avg10=41.00 avg60=9.00 avg300=2.00 total=1\nfull avg10=11.00 avg60=2.00 avg300=0.50 total=1\n"
    ),
    "proc/4711/cgroup": f"0::/{SLICE}/kubepods-burstable-pod{POD.replace('-', '_')}.slice/x\n",
    "proc/4711/comm": "perception\n",
    "sys/devices/platform/17000000.gv11b/of_node/name": "gv11b\0",
    "sys/devices/platform/17000000.gv11b/load": "370\n",
    "sys/devices/platform/17000000.gv11b/devfreq/17000000.gv11b/cur_freq": "905250000\n",
    "sys/devices/platform/17000000.gv11b/devfreq/17000000.gv11b/max_freq": "1109250000\n",
    "sys/devices/platform/15340000.vic/of_node/name": "vic\0",
    "sys/devices/platform/15340000.vic/devfreq/15340000.vic/cur_freq": "115200000\n",
    "sys/class/thermal/thermal_zone0/type": "CPU-therm\n",
    "sys/class/thermal/thermal_zone0/temp": "51500\n",
    "sys/class/thermal/thermal_zone1/type": "GPU-therm\n",
    "sys/class/thermal/thermal_zone1/temp": "49000\n",
    "sys/class/thermal/thermal_zone2/type": "PMIC-Die\n",
    "sys/class/thermal/thermal_zone2/temp": "100000\n",
    "sys/class/thermal/cooling_device0/type": "pwm-fan\n",
    "sys/class/thermal/cooling_device0/cur_state": "3\n",
    "sys/class/thermal/cooling_device0/max_state": "10\n",
    "sys/class/thermal/cooling_device1/type": "thermal-cpufreq-0\n",
    "sys/class/thermal/cooling_device1/cur_state": "0\n",
    "sys/class/thermal/cooling_device1/max_state": "12\n",
    "sys/class/thermal/cooling_device2/type": "17000000.gv11b\n",
    "sys/class/thermal/cooling_device2/cur_state": "0\n",
    "sys/class/thermal/cooling_device2/max_state": "5\n",
    "sys/devices/pwm-fan/cur_pwm": "128\n",
}
LINKS = {
    "sys/class/devfreq/17000000.gv11b": "sys/devices/platform/17000000.gv11b/devfreq/17000000.gv11b",
    "sys/class/devfreq/15340000.vic": "sys/devices/platform/15340000.vic/devfreq/15340000.vic",
    "sys/devices/platform/17000000.gv11b/devfreq/17000000.gv11b/device": "sys/devices/platform/17000000.gv11b",
    "sys/devices/platform/15340000.vic/devfreq/15340000.vic/device": "sys/devices/platform/15340000.vic",
}


def jetson(root: Path, **changed: str) -> Path:
    """Write the tree below a folder; `changed` replaces contents by the file's last two names, "/" as "__"."""
    for name, content in FILES.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(changed.get("__".join(Path(name).parts[-2:]).replace(".", "_").replace("-", "_"), content))
    for name, target in LINKS.items():
        link = root / name
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to(root / target)
    return root
