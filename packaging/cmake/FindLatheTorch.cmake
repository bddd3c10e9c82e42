# SPDX-License-Identifier: GPL-3.0-or-later
# LibTorch as the wheel brings it, without TorchConfig.cmake (which demands a CUDA toolkit for a CUDA wheel).
# Looks in LATHE_TORCH_ROOT (cache or environment), then in the project's own virtual environment.
# Defines the target Lathe::Torch and LATHE_TORCH_CUDA (ON when the build has CUDA).
if(NOT LATHE_TORCH_ROOT AND DEFINED ENV{LATHE_TORCH_ROOT})
  set(LATHE_TORCH_ROOT "$ENV{LATHE_TORCH_ROOT}")
endif()
file(GLOB _lathe_venv_torch "${PROJECT_SOURCE_DIR}/.deps/venv/lib/python3*/site-packages/torch")
find_path(LatheTorch_INCLUDE_DIR torch/csrc/api/include/torch/torch.h
          HINTS "${LATHE_TORCH_ROOT}/include" ${_lathe_venv_torch} PATH_SUFFIXES include NO_DEFAULT_PATH)
get_filename_component(_lathe_torch_home "${LatheTorch_INCLUDE_DIR}" DIRECTORY)
find_library(LatheTorch_CPU_LIBRARY torch_cpu HINTS "${_lathe_torch_home}/lib" NO_DEFAULT_PATH)
find_library(LatheTorch_C10_LIBRARY c10 HINTS "${_lathe_torch_home}/lib" NO_DEFAULT_PATH)

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(LatheTorch
  REQUIRED_VARS LatheTorch_CPU_LIBRARY LatheTorch_C10_LIBRARY LatheTorch_INCLUDE_DIR
  REASON_FAILURE_MESSAGE "run packaging/run.sh, or set LATHE_TORCH_ROOT to a LibTorch folder")

set(LATHE_TORCH_CUDA OFF)
if(LatheTorch_FOUND AND NOT TARGET Lathe::Torch)
  add_library(Lathe::Torch INTERFACE IMPORTED)
  target_include_directories(Lathe::Torch SYSTEM INTERFACE "${CMAKE_CURRENT_LIST_DIR}/light_torch"
    "${LatheTorch_INCLUDE_DIR}" "${LatheTorch_INCLUDE_DIR}/torch/csrc/api/include")
  target_link_libraries(Lathe::Torch INTERFACE "${LatheTorch_CPU_LIBRARY}" "${LatheTorch_C10_LIBRARY}")
  if(EXISTS "${_lathe_torch_home}/lib/libtorch_cuda.so")
    set(LATHE_TORCH_CUDA ON)
    # torch_cuda registers its kernels when it is loaded: nothing refers to it, so it must not be dropped.
    target_link_libraries(Lathe::Torch INTERFACE "-Wl,--no-as-needed"
      "${_lathe_torch_home}/lib/libtorch_cuda.so" "${_lathe_torch_home}/lib/libc10_cuda.so" "-Wl,--as-needed")
  endif()
endif()
