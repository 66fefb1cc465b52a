#include <stddef.h>
#include "sink.h"
struct sink *sink_kernel(const char *vrf, const char *source) { return sink_text(vrf, source); }
