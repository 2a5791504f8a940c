/* A CUDA runtime without a GPU: the part of the interface that Lloyd's host code uses, on host
 * memory. Its calls can be made to fail. For tests alone; declared here as CUDA documents them. */
#pragma once

#include <stddef.h>

#ifdef __cplusplus
extern "C"
{
#endif

  typedef enum
  {
    cudaSuccess = 0,
    cudaErrorInvalidValue = 1,
    cudaErrorMemoryAllocation = 2,
    cudaErrorInsufficientDriver = 35,
    cudaErrorInvalidDeviceFunction = 98,
    cudaErrorNoDevice = 100,
    cudaErrorInvalidDevice = 101,
    cudaErrorNoKernelImageForDevice = 209,
  } cudaError_t;

  enum cudaMemcpyKind
  {
    cudaMemcpyHostToDevice = 1,
    cudaMemcpyDeviceToHost = 2,
    cudaMemcpyDeviceToDevice = 3,
  };

  enum cudaFuncAttribute
  {
    cudaFuncAttributeMaxDynamicSharedMemorySize = 8,
  };

  enum cudaDeviceAttr
  {
    cudaDevAttrClockRate = 13,
    cudaDevAttrMemoryClockRate = 36,
  };

#define cudaStreamNonBlocking 1u
#define cudaEventDisableTiming 2u
#define cudaGraphicsRegisterFlagsWriteDiscard 2u

  typedef struct FakeStream *cudaStream_t;
  typedef struct FakeEvent *cudaEvent_t;
  typedef struct FakeResource *cudaGraphicsResource_t;
  typedef struct FakeResource *cudaArray_t;

  struct cudaDeviceProp
  {
    char name[256];
    size_t totalGlobalMem;
    int major;
    int minor;
    int multiProcessorCount;
  };

  cudaError_t cudaDriverGetVersion (int *version);
  cudaError_t cudaRuntimeGetVersion (int *version);
  cudaError_t cudaGetDeviceCount (int *count);
  cudaError_t cudaGetDeviceProperties (struct cudaDeviceProp *properties, int device);
  cudaError_t cudaDeviceGetAttribute (int *value, enum cudaDeviceAttr attribute, int device);
  cudaError_t cudaSetDevice (int device);
  cudaError_t cudaGetLastError (void);
  const char *cudaGetErrorString (cudaError_t error);
  cudaError_t
  cudaFuncSetAttribute (const void *function, enum cudaFuncAttribute attribute, int value);

  /* CUDA declares these with void ** in C, and any pointer type in C++. */
  cudaError_t cudaMalloc (void **pointer, size_t bytes);
  cudaError_t cudaFree (void *pointer);
  cudaError_t cudaMallocHost (void **pointer, size_t bytes);
  cudaError_t cudaFreeHost (void *pointer);
  cudaError_t cudaMemGetInfo (size_t *free_bytes, size_t *total_bytes);
  cudaError_t cudaMemcpyAsync (
      void *to, const void *from, size_t bytes, enum cudaMemcpyKind kind, cudaStream_t stream);
  cudaError_t cudaMemsetAsync (void *to, int value, size_t bytes, cudaStream_t stream);

  cudaError_t cudaStreamCreateWithFlags (cudaStream_t *stream, unsigned int flags);
  cudaError_t cudaStreamSynchronize (cudaStream_t stream);
  cudaError_t cudaStreamDestroy (cudaStream_t stream);
  cudaError_t cudaStreamWaitEvent (cudaStream_t stream, cudaEvent_t event, unsigned int flags);
  cudaError_t cudaEventCreate (cudaEvent_t *event);
  cudaError_t cudaEventCreateWithFlags (cudaEvent_t *event, unsigned int flags);
  cudaError_t cudaEventSynchronize (cudaEvent_t event);
  cudaError_t cudaEventRecord (cudaEvent_t event, cudaStream_t stream);
  cudaError_t cudaEventElapsedTime (float *ms, cudaEvent_t start, cudaEvent_t stop);
  cudaError_t cudaEventDestroy (cudaEvent_t event);

  cudaError_t cudaGraphicsGLRegisterBuffer (cudaGraphicsResource_t *resource,
                                            unsigned int buffer,
                                            unsigned int flags);
  cudaError_t cudaGraphicsGLRegisterImage (cudaGraphicsResource_t *resource,
                                           unsigned int image,
                                           unsigned int target,
                                           unsigned int flags);
  cudaError_t cudaGraphicsUnregisterResource (cudaGraphicsResource_t resource);
  cudaError_t
  cudaGraphicsMapResources (int count, cudaGraphicsResource_t *resources, cudaStream_t stream);
  cudaError_t
  cudaGraphicsUnmapResources (int count, cudaGraphicsResource_t *resources, cudaStream_t stream);
  cudaError_t cudaGraphicsResourceGetMappedPointer (void **pointer,
                                                    size_t *size,
                                                    cudaGraphicsResource_t resource);
  cudaError_t cudaGraphicsSubResourceGetMappedArray (cudaArray_t *array,
                                                     cudaGraphicsResource_t resource,
                                                     unsigned int index,
                                                     unsigned int level);
  cudaError_t cudaMemcpy2DToArrayAsync (cudaArray_t to,
                                        size_t across,
                                        size_t down,
                                        const void *from,
                                        size_t pitch,
                                        size_t width,
                                        size_t height,
                                        enum cudaMemcpyKind kind,
                                        cudaStream_t stream);

#ifdef __cplusplus
}
#endif
