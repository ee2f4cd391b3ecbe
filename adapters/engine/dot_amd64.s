#include "textflag.h"

// func dotAVX2(query *int16, data *int8, out *int32, width, count int)
//
// For each vector: 32 components a round are widened to int16, multiplied and
// added in pairs to int32 (VPMADDWD), and summed in two accumulators. 127² × width
// stays far below 2³¹.
TEXT ·dotAVX2(SB), NOSPLIT, $0-40
	MOVQ query+0(FP), SI
	MOVQ data+8(FP), DI
	MOVQ out+16(FP), R8
	MOVQ width+24(FP), R9
	MOVQ count+32(FP), R10

vector:
	VPXOR Y0, Y0, Y0
	VPXOR Y1, Y1, Y1
	MOVQ  SI, BX
	MOVQ  R9, CX

round:
	VPMOVSXBW (DI), Y2
	VPMOVSXBW 16(DI), Y3
	VPMADDWD  (BX), Y2, Y2
	VPMADDWD  32(BX), Y3, Y3
	VPADDD    Y2, Y0, Y0
	VPADDD    Y3, Y1, Y1
	ADDQ      $32, DI
	ADDQ      $64, BX
	SUBQ      $32, CX
	JNZ       round

	VPADDD       Y1, Y0, Y0
	VEXTRACTI128 $1, Y0, X1
	VPADDD       X1, X0, X0
	VPSHUFD      $0x4E, X0, X1
	VPADDD       X1, X0, X0
	VPSHUFD      $0xB1, X0, X1
	VPADDD       X1, X0, X0
	VMOVD        X0, (R8)
	ADDQ         $4, R8
	DECQ         R10
	JNZ          vector

	VZEROUPPER
	RET
