# SPDX-License-Identifier: GPL-3.0-or-later
# check_pages.cmake must be able to fail: each of these changes to a copy of the repository is refused.
file(REMOVE_RECURSE "${SCRATCH}")
file(COPY "${ROOT}/core" "${ROOT}/README.md" DESTINATION "${SCRATCH}")
file(COPY "${ROOT}/resources" "${ROOT}/packaging" "${ROOT}/tests" "${ROOT}/app" "${ROOT}/ui" DESTINATION
  "${SCRATCH}" PATTERN "tests/fuzz/corpus" EXCLUDE)

# refused(FILE TEXT WORDS): check_pages.cmake fails with WORDS when FILE ends with TEXT.
function(refused file text words)
  set(before "")
  if(EXISTS "${SCRATCH}/${file}")
    file(READ "${SCRATCH}/${file}" before)
  endif()
  file(APPEND "${SCRATCH}/${file}" "${text}\n")
  execute_process(COMMAND ${CMAKE_COMMAND} -DROOT=${SCRATCH} -P ${CMAKE_CURRENT_LIST_DIR}/check_pages.cmake
    RESULT_VARIABLE code ERROR_VARIABLE said)
  if(before STREQUAL "")
    file(REMOVE "${SCRATCH}/${file}")
  else()
    file(WRITE "${SCRATCH}/${file}" "${before}")
  endif()
  string(REGEX REPLACE "[ \n]+" " " said "${said}")
  string(FIND "${said}" "${words}" at)
  if(code EQUAL 0 OR at EQUAL -1)
    message(FATAL_ERROR "${text} in ${file} was not refused: ${said}")
  endif()
endfunction()

set(section "§")
refused(core/base/forbidden.h "// Rounds as methods.md, \"Nothing of\n/// the kind\", says."
  "has no heading \"Nothing of the kind\"")
refused(core/base/forbidden.h "// As in spec ${section}2.1." "cites a document that is not here")
refused(resources/help/en/methods.md "\n## One more" "its headings are not those of")
refused(resources/help/en/methods.md "[there](nowhere.md)" "leads nowhere")
refused(README.md "[there](resources/nowhere.md)" "leads nowhere")
file(REMOVE_RECURSE "${SCRATCH}")
