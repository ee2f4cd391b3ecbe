#include "textflag.h"

// func matchAVX2(words *uint16, blocks int, terms *[16]uint16, count int, out *uint32)
//
// For each block of 16 words: it is compared with each term (VPCMPEQW), and what is
// equal to any is gathered into two bits a word (VPMOVMSKB).
TEXT ·matchAVX2(SB), NOSPLIT, $0-40
	MOVQ words+0(FP), SI
	MOVQ blocks+8(FP), CX
	MOVQ terms+16(FP), DI
	MOVQ count+24(FP), R9
	MOVQ out+32(FP), R8

block:
	VMOVDQU (SI), Y0
	VPXOR   Y2, Y2, Y2
	MOVQ    DI, BX
	MOVQ    R9, DX

term:
	VPCMPEQW (BX), Y0, Y1
	VPOR     Y1, Y2, Y2
	ADDQ     $32, BX
	DECQ     DX
	JNZ      term

	VPMOVMSKB Y2, AX
	MOVL      AX, (R8)
	ADDQ      $32, SI
	ADDQ      $4, R8
	DECQ      CX
	JNZ       block

	VZEROUPPER
	RET
