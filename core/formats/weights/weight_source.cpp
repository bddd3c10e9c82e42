// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/weights/weight_source.h"

namespace lathe {

const char* dtypeName(DType dtype) {
    switch (dtype) {
        case DType::F64:
            return "F64";
        case DType::F32:
            return "F32";
        case DType::F16:
            return "F16";
        case DType::BF16:
            return "BF16";
        case DType::I64:
            return "I64";
        case DType::I32:
            return "I32";
        case DType::I16:
            return "I16";
        case DType::I8:
            return "I8";
        case DType::U8:
            return "U8";
        case DType::Bool:
            return "BOOL";
        case DType::Q4_0:
            return "Q4_0";
        case DType::Q4_1:
            return "Q4_1";
        case DType::Q5_0:
            return "Q5_0";
        case DType::Q5_1:
            return "Q5_1";
        case DType::Q8_0:
            return "Q8_0";
        case DType::Q4_K:
            return "Q4_K";
        case DType::Q5_K:
            return "Q5_K";
        case DType::Q6_K:
            return "Q6_K";
        case DType::Q2_K:
            return "Q2_K";
        case DType::Q3_K:
            return "Q3_K";
        case DType::IQ4_NL:
            return "IQ4_NL";
    }
    return "?";
}

}  // namespace lathe
