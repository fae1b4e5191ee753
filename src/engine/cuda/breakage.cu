// What breaks a device on purpose: a store to where nothing is. Every later call of the process that launched it fails
// then, as after a fault of the hardware, and other processes on the device go on. Nothing that measures launches it.
#include "device.h"

KERNEL(1, 1) store_nowhere(volatile unsigned *nowhere) { *nowhere = 1; }
