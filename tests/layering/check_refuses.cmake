# SPDX-License-Identifier: GPL-3.0-or-later
# Copies ui/ and core/, adds a torch include to a window file, and wants check_layers.cmake to refuse it.
file(REMOVE_RECURSE "${SCRATCH}")
file(COPY "${ROOT}/ui" "${ROOT}/core" DESTINATION "${SCRATCH}")
file(WRITE "${SCRATCH}/ui/widgets/forbidden.cpp" "#include <torch/torch.h>\n")
execute_process(COMMAND ${CMAKE_COMMAND} -DROOT=${SCRATCH} -P ${CMAKE_CURRENT_LIST_DIR}/check_layers.cmake
  RESULT_VARIABLE code ERROR_VARIABLE text)
file(REMOVE_RECURSE "${SCRATCH}")
if(code EQUAL 0 OR NOT text MATCHES "forbidden.cpp")
  message(FATAL_ERROR "a torch include in ui/ was not refused: ${text}")
endif()
